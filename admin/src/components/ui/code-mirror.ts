import {
  history,
  historyKeymap,
  indentLess,
  indentMore,
  standardKeymap,
} from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language';
import { nextDiagnostic, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tagHighlighter, tags } from '@lezer/highlight';
import type { CodeFault, CodeLanguage } from './code-fault.ts';
import { CODE_THEME } from './code-theme.ts';

/** The part of the page's editor that is worth a download of its own: loaded when first shown. */
export interface CodeMirror {
  setText(text: string): void;
  setFaults(faults: readonly CodeFault[]): void;
  setAttributes(attributes: Readonly<Record<string, string>>, isReadOnly: boolean): void;
  /** Selects the rest of a line from a place on, and brings it into view. */
  select(line: number, column: number): void;
  focus(): void;
  destroy(): void;
}

interface Options {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly language: CodeLanguage;
  readonly placeholder: string;
  /** What stood selected in the text area that it takes the place of. */
  readonly selection?: { readonly from: number; readonly to: number } | undefined;
  readonly onInput: (text: string) => void;
  readonly onBlur: () => void;
}

/** The classes of `highlight.ts`, so that code looks the same to read and to write. */
const HIGHLIGHT = tagHighlighter([
  { tag: tags.propertyName, class: 'd' },
  { tag: tags.string, class: 's' },
  { tag: tags.number, class: 'd' },
  { tag: [tags.bool, tags.null], class: 'k' },
  { tag: [tags.separator, tags.squareBracket, tags.brace], class: 'p' },
]);

const LANGUAGES = { json: () => [json()], text: () => [] } as const satisfies Record<
  CodeLanguage,
  () => readonly Extension[]
>;

/**
 * Tab is left alone, so that it moves on as everywhere; Ctrl and ] indents. Ctrl Enter, Ctrl S and
 * Ctrl K belong to the page.
 */
const KEYS = [
  { key: 'Mod-]', run: indentMore },
  { key: 'Mod-[', run: indentLess },
  { key: 'F8', run: nextDiagnostic },
  ...foldKeymap,
  ...historyKeymap,
  ...standardKeymap,
];

export function createCodeMirror(options: Options): CodeMirror {
  const attributes = new Compartment();
  const { from = 0, to = from } = options.selection ?? {};
  const most = options.text.length;
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.text,
      selection: { anchor: Math.min(from, most), head: Math.min(to, most) },
      extensions: [
        lineNumbers(),
        codeFolding(),
        foldGutter(),
        history(),
        drawSelection(),
        highlightSpecialChars(),
        highlightActiveLine(),
        bracketMatching(),
        indentUnit.of('  '),
        EditorState.tabSize.of(2),
        syntaxHighlighting(HIGHLIGHT),
        LANGUAGES[options.language](),
        EditorView.contentAttributes.of({ 'aria-placeholder': options.placeholder }),
        keymap.of(KEYS),
        CODE_THEME,
        attributes.of([]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onInput(update.state.doc.toString());
        }),
        EditorView.domEventHandlers({ beforeinput: typeOver, blur: () => options.onBlur() }),
      ],
    }),
  });

  function placeOf({ line, column }: CodeFault): { from: number; to: number } {
    const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
    const start = Math.min(at.to, at.from + Math.max(0, column - 1));
    return { from: start, to: at.to };
  }

  return {
    setText: (text) => {
      const now = view.state.doc.toString();
      if (text === now) return;
      // Only what differs is replaced, so that the cursor stays where it is.
      const { from: start, to: end, insert } = differenceOf(now, text);
      view.dispatch({ changes: { from: start, to: end, insert } });
    },
    setFaults: (faults) => {
      const found = faults
        .map((fault) => ({ ...placeOf(fault), severity: 'error' as const, message: fault.message }))
        .sort((a, b) => a.from - b.from);
      view.dispatch(setDiagnostics(view.state, found));
    },
    setAttributes: (values, isReadOnly) => {
      view.dispatch({
        effects: attributes.reconfigure([
          EditorView.contentAttributes.of(values),
          EditorState.readOnly.of(isReadOnly),
        ]),
      });
    },
    select: (line, column) => {
      const { from: anchor, to: head } = placeOf({ line, column, message: '' });
      view.focus();
      view.dispatch({
        selection: { anchor, head },
        effects: EditorView.scrollIntoView(anchor, { y: 'center' }),
      });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

/**
 * A browser that types over coloured text carries its colour on in a style attribute, which the
 * strict CSP blocks and reports: so the editor does it by itself. Composed text stays with the browser.
 */
function typeOver(event: InputEvent, view: EditorView): boolean {
  // Code is neither bold nor underlined.
  if (event.inputType.startsWith('format')) return true;
  const selection = document.getSelection();
  // The editor's own selection follows a moment later.
  const range = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : undefined;
  if (!range || range.collapsed || !view.contentDOM.contains(range.commonAncestorContainer))
    return false;
  if (event.isComposing || event.inputType !== 'insertText' || event.data === null) return false;
  // Nothing is typed, and the browser does not try.
  if (view.state.readOnly) return true;
  const from = view.posAtDOM(range.startContainer, range.startOffset);
  const to = view.posAtDOM(range.endContainer, range.endOffset);
  view.dispatch({
    changes: { from, to, insert: event.data },
    selection: { anchor: from + event.data.length },
    scrollIntoView: true,
    userEvent: 'input.type',
  });
  return true;
}

function differenceOf(before: string, after: string): { from: number; to: number; insert: string } {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}
