import { useEventListener } from '@vueuse/core';
import { onScopeDispose } from 'vue';
import { usePreferences } from '../stores/preferences.ts';

/**
 * Keys as `k`, `shift+x`, `g c` (one after the other), `mod+s` (Ctrl, or Command on a Mac), `?`,
 * `Escape`. A handler that returns false lets the key through to the next.
 */
export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => unknown>>;

const SEQUENCE_MS = 1200;
/** Latest first: a page's keys come before the shell's, a drawer's before the page's. */
const stack: Shortcuts[] = [];
let prefix = '';
let prefixAt = 0;

/** Registers keys for as long as the component lives. */
export function useShortcuts(shortcuts: Shortcuts): void {
  stack.unshift(shortcuts);
  onScopeDispose(() => {
    stack.splice(stack.indexOf(shortcuts), 1);
  });
}

/** Once, in App. */
export function useShortcutListener(): void {
  const preferences = usePreferences();
  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const hasModifier = event.ctrlKey || event.metaKey;
    const isOpen = document.querySelector('dialog[open]') !== null;
    if (!hasModifier) {
      // A native dialog handles its own keys; Escape there must not reach the page below.
      if (isOpen) return;
      if (event.key !== 'Escape' && (isTyping(event.target) || !preferences.hasLetterKeys)) return;
    } else if (isOpen && nameOf(event) !== 'mod+k') return;
    const name = nameOf(event);
    const isFollowing = prefix !== '' && performance.now() - prefixAt < SEQUENCE_MS;
    const names = isFollowing ? [`${prefix} ${name}`, name] : [name];
    prefix = '';
    for (const wanted of names) {
      for (const shortcuts of stack) {
        const handler = shortcuts[wanted];
        if (handler && handler(event) !== false) {
          event.preventDefault();
          return;
        }
      }
    }
    if (stack.some((keys) => Object.keys(keys).some((key) => key.startsWith(`${name} `)))) {
      prefix = name;
      prefixAt = performance.now();
    }
  });
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const isLetter = /^[a-z]$/.test(key);
  return [
    event.ctrlKey || event.metaKey ? 'mod+' : '',
    event.altKey ? 'alt+' : '',
    event.shiftKey && (isLetter || event.key.length > 1) ? 'shift+' : '',
    key,
  ].join('');
}

/** Whether single letters belong to the field that has the focus. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
  );
}
