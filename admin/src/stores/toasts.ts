import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { Toast } from '../components/ui/toast.ts';
import { announce } from '../composables/use-live.ts';

export interface ToastOptions {
  kind?: Toast['kind'];
  /** Shown as "Undo"; Ctrl Z presses it while the notice shows. */
  undo?: () => void | Promise<void>;
  /** Called once when the notice goes without undo: the moment a delayed delete is sent. */
  gone?: () => void | Promise<void>;
  durationMs?: number;
}

interface Kept {
  options: ToastOptions;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const MOST = 3;

export const useToasts = defineStore('toasts', () => {
  const items = ref<Toast[]>([]);
  const kept = new Map<number, Kept>();
  let last = 0;

  function show(text: string, options: ToastOptions = {}): number {
    last += 1;
    const kind = options.kind ?? 'info';
    items.value.push({ id: last, text, kind, canUndo: options.undo !== undefined });
    kept.set(last, { options, timer: undefined });
    start(last);
    announce(text, kind === 'error' ? 'assertive' : 'polite');
    const surplus = items.value.length - MOST;
    for (const old of items.value.slice(0, Math.max(0, surplus))) close(old.id);
    return last;
  }

  /** Errors stay until closed. */
  function error(text: string): number {
    return show(text, { kind: 'error' });
  }

  function start(id: number): void {
    const entry = kept.get(id);
    if (!entry || entry.options.kind === 'error') return;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => close(id), entry.options.durationMs ?? 6000);
  }

  function take(id: number): ToastOptions | undefined {
    const entry = kept.get(id);
    clearTimeout(entry?.timer);
    kept.delete(id);
    items.value = items.value.filter((toast) => toast.id !== id);
    return entry?.options;
  }

  function close(id: number): void {
    void take(id)?.gone?.();
  }

  function undo(id: number): void {
    void take(id)?.undo?.();
  }

  function undoLast(): boolean {
    const found = items.value.findLast((toast) => toast.canUndo);
    if (found) undo(found.id);
    return found !== undefined;
  }

  function pause(): void {
    for (const entry of kept.values()) clearTimeout(entry.timer);
  }

  function resume(): void {
    for (const id of kept.keys()) start(id);
  }

  // What was held back for Undo must still happen when the page goes; callers send with `keepalive`.
  window.addEventListener('pagehide', () => {
    for (const toast of [...items.value]) close(toast.id);
  });

  return { items, show, error, close, undo, undoLast, pause, resume };
});
