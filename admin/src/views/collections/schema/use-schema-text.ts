import { computed, ref, watch } from 'vue';
import { isSame } from '../../../components/fields/values.ts';
import { useQuestions } from '../../../stores/questions.ts';
import { nameOf } from './definition.ts';
import { fromFields } from './draft.ts';
import { readSchemaText } from './json-text.ts';
import type { SchemaDraft } from './use-schema-draft.ts';

export type SchemaTab = 'fields' | 'indexes' | 'json';

export type SchemaText = ReturnType<typeof useSchemaText>;

/** The draft as one JSON text; both views edit the same. */
export function useSchemaText({ rows, base, fields }: SchemaDraft) {
  const questions = useQuestions();
  const tab = ref<SchemaTab>('fields');
  const formatted = computed(() => JSON.stringify({ fields: fields.value }, null, 2));
  const text = ref(formatted.value);
  const read = computed(() => readSchemaText(text.value, base.value.map(nameOf)));
  const hasTextFaults = computed(() => tab.value === 'json' && read.value.faults.length > 0);

  watch(formatted, (next) => {
    const typed = tab.value === 'json' ? read.value.fields : undefined;
    if (!typed || !isSame(typed, fields.value)) text.value = next;
  });
  watch(text, () => {
    const found = tab.value === 'json' ? read.value.fields : undefined;
    if (found && !isSame(found, fields.value))
      rows.value = fromFields(found, rows.value, base.value);
  });

  async function setTab(next: SchemaTab): Promise<void> {
    if (next !== 'json' && hasTextFaults.value) {
      const isSure = await questions.ask({
        title: 'Throw away the JSON text?',
        text: 'It has faults, so it cannot be shown as fields.',
        confirmLabel: 'Throw away',
        cancelLabel: 'Keep editing',
        isDangerous: true,
      });
      if (!isSure) return;
    }
    tab.value = next;
    reset();
  }

  /** As the fields stand, whatever was typed. */
  function reset(): void {
    text.value = formatted.value;
  }

  return { tab, text, read, hasTextFaults, setTab, reset };
}
