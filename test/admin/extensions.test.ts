import { describe, expect, test } from 'bun:test';
import type { DeclaredSetting, Extension, ExtensionSettings } from '../../admin/src/api/types.ts';
import { sourceWords, stateOf } from '../../admin/src/views/extensions/extension-words.ts';
import { ALL, toDraft, toPatch } from '../../admin/src/views/extensions/settings-draft.ts';

const declare = (
  name: string,
  type: DeclaredSetting['type'],
  more: Partial<DeclaredSetting> = {},
): DeclaredSetting => ({
  name,
  type,
  description: null,
  default: null,
  is_secret: false,
  is_set: false,
  ...more,
});

const TYPED: ExtensionSettings = {
  settings: { url: 'https://a.example', retries: 3, is_loud: true, people: ['Ann'], map: { a: 1 } },
  declared: [
    declare('url', 'string', { is_set: true }),
    declare('key', 'string', { is_secret: true, is_set: true }),
    declare('retries', 'integer', { default: 3 }),
    declare('rate', 'number'),
    declare('is_loud', 'boolean', { is_set: true }),
    declare('people', 'list', { is_set: true }),
    declare('map', 'json', { is_set: true }),
  ],
};

describe('the form of settings', () => {
  test('shows what is set; a default and a secret are empty inputs', () => {
    expect(toDraft(TYPED)).toEqual({
      url: 'https://a.example',
      key: '',
      retries: '',
      rate: '',
      is_loud: true,
      people: 'Ann',
      map: '{\n  "a": 1\n}',
    });
  });

  test('sends only what was changed, read as its type', () => {
    const draft = toDraft(TYPED);
    expect(toPatch(TYPED, draft)).toEqual({ values: {} });
    const changed = {
      ...draft,
      url: '',
      key: 's3cret',
      retries: '5',
      rate: '0.5',
      is_loud: false,
      people: 'Ann\n\nBob\n',
      map: '[1]',
    };
    expect(toPatch(TYPED, changed)).toEqual({
      values: {
        url: null,
        key: 's3cret',
        retries: 5,
        rate: 0.5,
        is_loud: false,
        people: ['Ann', 'Bob'],
        map: [1],
      },
    });
  });

  test('says beside the input what cannot be read, and sends nothing then', () => {
    const draft = { ...toDraft(TYPED), retries: '1.5', rate: 'x', map: '{', url: 'fine' };
    const { faults, values } = toPatch(TYPED, draft);
    expect(values).toBeUndefined();
    expect(Object.keys(faults ?? {})).toEqual(['retries', 'rate', 'map']);
  });

  test('is one JSON object when none are declared; what is left out of it goes', () => {
    const stored: ExtensionSettings = { settings: { a: 1, b: { c: 2 }, d: 3 }, declared: [] };
    const draft = toDraft(stored);
    expect(JSON.parse(String(draft[ALL]))).toEqual(stored.settings);
    expect(toPatch(stored, { [ALL]: '{"b":{"c":2},"a":"x","e":[]}' })).toEqual({
      values: { d: null, a: 'x', e: [] },
    });
    expect(toPatch(stored, { [ALL]: ' ' })).toEqual({ values: { a: null, b: null, d: null } });
    for (const text of ['[]', '3', 'null', '{'])
      expect(toPatch(stored, { [ALL]: text }).faults).toHaveProperty([ALL]);
  });
});

describe('words for an extension', () => {
  const extension = (more: Partial<Extension>): Extension => ({
    name: 'hello',
    version: '1.0.0',
    description: null,
    author: null,
    license: null,
    is_enabled: true,
    state: 'running',
    error: null,
    hooks: [],
    functions: [],
    source: null,
    error_count: 0,
    installed_at: null,
    updated_at: null,
    ...more,
  });

  test('say where it came from and how it fares', () => {
    expect(sourceWords(extension({}))).toBe('put there by hand');
    const source = { kind: 'git', location: 'https://a/x.git', ref: 'v1', commit: 'abc' } as const;
    expect(sourceWords(extension({ source }))).toBe('https://a/x.git#v1');
    expect(stateOf(extension({ state: 'failed' }))).toEqual({
      kind: 'failed',
      label: 'Does not load',
    });
  });
});
