import { EditorView } from '@codemirror/view';

/** Only tokens, so that both themes and forced colours hold without a second theme. */
export const CODE_THEME = EditorView.theme({
  '&': {
    minHeight: 'var(--code-least, 80px)',
    maxHeight: 'var(--code-most, 60vh)',
    fontSize: 'var(--fs-sm)',
    color: 'var(--ink)',
    backgroundColor: 'transparent',
  },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': {
    overflow: 'auto',
    minHeight: 'var(--code-least, 80px)',
    fontFamily: 'var(--mono)',
    lineHeight: '20px',
    scrollbarWidth: 'thin',
  },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--ink)' },
  // A narrow screen has no room to scroll a line sideways in.
  '@media (max-width: 640px)': {
    '.cm-content': { whiteSpace: 'break-spaces', overflowWrap: 'anywhere', flexShrink: '1' },
  },
  '.cm-line': { padding: '0 12px 0 6px' },
  // Only an empty text is one line that holds nothing but a break.
  '.cm-content[aria-placeholder] > .cm-line:only-child:has(> br:only-child)::before': {
    content: 'attr(aria-placeholder)',
    position: 'absolute',
    color: 'var(--ink-3)',
    pointerEvents: 'none',
  },
  '.cm-gutters': {
    border: '0',
    color: 'var(--ink-3)',
    backgroundColor: 'transparent',
    fontVariantNumeric: 'tabular-nums',
  },
  '.cm-gutters.cm-gutters-before': { borderRightWidth: '0' },
  '.cm-foldGutter .cm-gutterElement': { width: '14px', cursor: 'pointer', textAlign: 'center' },
  '.cm-foldPlaceholder': {
    margin: '0 2px',
    padding: '0 4px',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--r1)',
    color: 'var(--ink-2)',
    backgroundColor: 'var(--hover)',
  },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-activeLine': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 6%, transparent)',
  },
  '.cm-cursor, .cm-dropCursor': { borderLeft: '2px solid var(--accent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    {
      background: 'color-mix(in srgb, var(--accent) 25%, transparent)',
    },
  '&.cm-focused .cm-matchingBracket': {
    outline: '1px solid var(--control-line)',
    backgroundColor: 'transparent',
  },
  '&.cm-focused .cm-nonmatchingBracket': {
    outline: '1px solid var(--danger)',
    backgroundColor: 'transparent',
  },
  // The picture that comes with it is a data: address of one colour.
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--danger)',
    textUnderlineOffset: '3px',
  },
  '.cm-lintPoint-error:after': { borderBottomColor: 'var(--danger)' },
  '.cm-tooltip': {
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--r2)',
    color: 'var(--ink)',
    backgroundColor: 'var(--raised)',
    boxShadow: 'var(--shadow-2)',
  },
  '.cm-diagnostic': {
    maxWidth: 'min(420px, 80vw)',
    padding: '6px 10px',
    borderLeft: '3px solid var(--danger)',
    fontFamily: 'var(--pico-font-family-sans-serif)',
    whiteSpace: 'normal',
  },
});
