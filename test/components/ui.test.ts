import '../support/dom.ts';
import { expect, test } from 'bun:test';

const { mount } = await import('@vue/test-utils');
const { nextTick } = await import('vue');
const { default: ConfirmDialog } = await import('../../admin/src/components/ui/ConfirmDialog.vue');
const { default: ToastStack } = await import('../../admin/src/components/ui/ToastStack.vue');
const { default: UiField } = await import('../../admin/src/components/ui/UiField.vue');
const { default: UiSegment } = await import('../../admin/src/components/ui/UiSegment.vue');

const QUESTION = {
  open: true,
  title: 'Delete the collection books?',
  confirmLabel: 'Delete collection',
  isDangerous: true,
} as const;

async function openConfirm(props: { typed?: string } = {}) {
  const dialog = mount(ConfirmDialog, {
    attachTo: document.body,
    props: { ...QUESTION, ...props },
  });
  await nextTick();
  await nextTick();
  const buttonOf = (text: string) => {
    const found = dialog.findAll('button').find((button) => button.text() === text);
    if (found === undefined) throw new Error(`There is no button ${text}.`);
    return found;
  };
  return { dialog, buttonOf };
}

test('a segment says which part is pressed, and a press chooses another', async () => {
  const options = [
    { value: 'day', label: 'Day' },
    { value: 'week', label: 'Week' },
  ] as const;
  const segment = mount(UiSegment, { props: { label: 'Range', modelValue: 'day', options } });
  const pressed = () => segment.findAll('button').map((each) => each.attributes('aria-pressed'));
  expect(pressed()).toEqual(['true', 'false']);
  await segment.findAll('button')[1]?.trigger('click');
  expect(segment.emitted('update:modelValue')).toEqual([['week']]);
  await segment.setProps({ modelValue: 'week' });
  expect(pressed()).toEqual(['false', 'true']);
});

test('a question before something is destroyed has the safe answer in focus', async () => {
  const { dialog, buttonOf } = await openConfirm();
  expect(document.activeElement).toBe(buttonOf('Keep it').element);
  await buttonOf('Delete collection').trigger('click');
  expect(dialog.emitted('confirm')).toHaveLength(1);
  dialog.unmount();
});

test('what must be typed first must be typed exactly, and Enter never destroys', async () => {
  const { dialog, buttonOf } = await openConfirm({ typed: 'books' });
  const input = dialog.get('input');
  for (const text of ['', 'Books', 'books ']) {
    await input.setValue(text);
    expect(buttonOf('Delete collection').attributes('disabled')).toBe('');
  }
  await input.setValue('books');
  expect(buttonOf('Delete collection').attributes('disabled')).toBeUndefined();
  await input.trigger('keydown', { key: 'Enter' });
  expect(dialog.emitted('confirm')).toBeUndefined();
  dialog.unmount();
});

test('a question that is asked again has forgotten what was typed', async () => {
  const { dialog } = await openConfirm({ typed: 'books' });
  await dialog.get('input').setValue('books');
  await dialog.setProps({ open: false });
  await dialog.setProps({ open: true });
  await nextTick();
  expect(dialog.get('input').element.value).toBe('');
  dialog.unmount();
});

test('a field ties its label, hint and fault to the input', async () => {
  const field = mount(UiField, {
    props: { label: 'Price', hint: 'In euro', fault: undefined as string | undefined },
    slots: { default: `<template #default="{ control }"><input v-bind="control"></template>` },
  });
  const input = field.get('input');
  expect(field.get('label').attributes('for')).toBe(input.attributes('id') ?? 'none');
  expect(input.attributes('aria-invalid')).toBeUndefined();
  await field.setProps({ fault: 'A number expected.' });
  expect(input.attributes('aria-invalid')).toBe('true');
  const said = (input.attributes('aria-describedby') ?? '')
    .split(' ')
    .map((id) => field.get(`[id="${id}"]`).text());
  expect(said).toEqual(['In euro', 'A number expected.']);
  expect(field.get('.fault').attributes('role')).toBe('alert');
});

test('a notice offers Undo before Close, and waits while it is looked at', async () => {
  const stack = mount(ToastStack, {
    props: { toasts: [{ id: 7, text: 'Book deleted', kind: 'info', canUndo: true }] },
  });
  const [undo, close] = stack.findAll('button');
  expect([undo?.text(), close?.attributes('aria-label')]).toEqual(['Undo', 'Close']);
  await stack.trigger('pointerenter');
  await stack.trigger('focusin');
  expect(stack.emitted('pause')).toHaveLength(2);
  await undo?.trigger('click');
  await close?.trigger('click');
  expect([stack.emitted('undo'), stack.emitted('close')]).toEqual([[[7]], [[7]]]);
});
