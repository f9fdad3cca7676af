import { type Ref, ref } from 'vue';

/** A place that takes a file by a button or by dragging; gives what its input and its surface need. */
export function useFileDrop(take: (file: File | undefined) => unknown): {
  readonly isDragged: Ref<boolean>;
  onPick(event: Event): void;
  onDrop(event: DragEvent): void;
} {
  const isDragged = ref(false);
  return {
    isDragged,
    onPick(event) {
      const element = event.target as HTMLInputElement;
      take(element.files?.[0]);
      // The same file can be chosen again after it was mended.
      element.value = '';
    },
    onDrop(event) {
      isDragged.value = false;
      take(event.dataTransfer?.files[0]);
    },
  };
}
