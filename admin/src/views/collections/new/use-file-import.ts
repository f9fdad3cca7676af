import { onScopeDispose, ref, shallowRef } from 'vue';
import { OfflineError } from '../../../api/client.ts';
import { wordsFor } from '../../../api/error-words.ts';
import { countOf } from '../../../components/ui/times.ts';
import { useQuestions } from '../../../stores/questions.ts';
import { placeOf } from '../records/import/import-file.ts';
import { type Upload, upload } from '../records/import/upload.ts';
import { nameOf } from '../schema/definition.ts';
import { type DraftField, toNewDraft } from '../schema/draft.ts';
import { type FileTable, type GuessedColumn, toImport } from './guess-fields.ts';

export interface ChosenFile {
  readonly name: string;
  readonly table: FileTable;
  readonly columns: readonly GuessedColumn[];
  /** The row of the form that each column became. */
  readonly keys: ReadonlyMap<string, string>;
}

/** How many records came in, and why it was none. */
export interface FileOutcome {
  readonly imported: number;
  readonly why?: string;
}

/** The records of the file that a new collection was made from. */
export function useFileImport() {
  const questions = useQuestions();
  const chosen = shallowRef<ChosenFile>();
  /** From 0 to 1 while the file is sent. */
  const progress = ref<number>();
  let running: Upload | undefined;
  onScopeDispose(stop);

  /** The fields that the columns become, and which is which from now on. */
  function choose(file: Omit<ChosenFile, 'keys'>): DraftField[] {
    const found = file.columns.flatMap(({ column, field }) => (field ? [{ column, field }] : []));
    const rows = toNewDraft(found.map(({ field }) => field));
    const keys = new Map(rows.map((row, at) => [found[at]?.column ?? '', row.key]));
    chosen.value = { ...file, keys };
    return rows;
  }

  function stop(): void {
    running?.abort();
  }

  /** Undefined when there is no file. */
  async function send(
    collection: string,
    rows: readonly DraftField[],
  ): Promise<FileOutcome | undefined> {
    const file = chosen.value;
    if (!file) return undefined;
    const names = new Map<string, string>();
    for (const { column, field } of file.columns) {
      const row = rows.find(({ key }) => key === file.keys.get(column));
      if (field === undefined) names.set(column, 'id');
      else if (row) names.set(column, nameOf(row.field));
    }
    const { format, text } = toImport(file.table, names);
    const run = (isPartial: boolean) => {
      progress.value = 0;
      running = upload({
        collection,
        file: new Blob([text]),
        format,
        options: { isDryRun: false, upsertBy: '', isPartial },
        onProgress: (part) => {
          progress.value = part;
        },
      });
      return running.result;
    };
    try {
      const outcome = await run(false);
      if (!outcome.isRefused) return { imported: outcome.created };
      progress.value = undefined;
      const [first] = outcome.errors;
      const why = first
        ? `Line ${first.line}, ${placeOf(first.loc) || 'the row'}: ${first.msg}.`
        : 'The server does not say why.';
      const good = file.table.rows.length - outcome.failed;
      if (good <= 0) return { imported: 0, why: `No row of ${file.name} fits. ${why}` };
      const isSure = await questions.ask({
        title: `${countOf(outcome.failed, 'row')} of ${file.name} ${outcome.failed === 1 ? 'does' : 'do'} not fit`,
        text: `The collection is made, and nothing is imported yet. ${why}`,
        confirmLabel: `Import the other ${good.toLocaleString('en')}`,
        cancelLabel: 'Leave it empty',
      });
      return { imported: isSure ? (await run(true)).created : 0 };
    } finally {
      running = undefined;
      progress.value = undefined;
    }
  }

  return { chosen, progress, choose, send, stop };
}

/** Why an import came to no end. Whether the server still took the rows cannot be known from here. */
export function brokenWords(caught: unknown): string {
  if (caught instanceof DOMException && caught.name === 'AbortError')
    return 'The import was stopped: look what came in, and import the file there again.';
  if (caught instanceof OfflineError)
    return 'The import broke off, because the server does not answer. Once it does, look what came in, and import the file there again.';
  const words = wordsFor(caught);
  return `Nothing was imported. ${words.title}. ${words.text}`;
}
