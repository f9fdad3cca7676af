/** Elements that load, send or run something, or change what the others mean. */
const REMOVED = 'script, iframe, frame, object, embed, link, meta, base, form, audio, video, svg';
/** Attributes that load something from elsewhere, or lead away. */
const LOADING = ['href', 'src', 'srcset', 'background', 'action', 'formaction', 'ping'];
const SHEET = 'text/x-mail-css';
/** Before the names of attributes that the parser must not see as what they are. */
const ASIDE = 'data-mail-';

/** A tag from its name to its end, whatever its values hold. */
const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^"'>])*>/gi;

/**
 * Shows a mail in an empty, sandboxed frame. The page's policy counts in it, too: styles in the text
 * are refused, so they are set as values, and nothing is loaded from anywhere.
 */
export function showMail(frame: HTMLIFrameElement, html: string): void {
  const target = frame.contentDocument;
  if (target === null) return;
  const source = new DOMParser().parseFromString(setAside(html), 'text/html');
  const sheets = [...source.querySelectorAll(`script[type="${SHEET}"]`)].map(
    ({ textContent }) => textContent,
  );
  for (const element of source.querySelectorAll(REMOVED)) element.remove();
  for (const element of source.querySelectorAll<HTMLElement>('*')) tidy(element);
  target.documentElement.replaceWith(target.adoptNode(source.documentElement));
  const Sheet = target.defaultView?.CSSStyleSheet;
  if (Sheet === undefined) return;
  target.adoptedStyleSheets = sheets.map((text) => {
    const sheet = new Sheet();
    sheet.replaceSync(text);
    return sheet;
  });
}

/** Styles and handlers as data, before the parser sees them: it would refuse each and report it. */
function setAside(html: string): string {
  return html
    .replaceAll(TAG, (tag) => tag.replaceAll(/([\s"'/])(?=(?:style|on[a-z]+)\s*=)/gi, `$1${ASIDE}`))
    .replaceAll(/<style\b/gi, `<script type="${SHEET}"`)
    .replaceAll(/<\/style\b/gi, '</script');
}

function tidy(element: HTMLElement): void {
  const link = element.getAttribute('href');
  const css = element.getAttribute(`${ASIDE}style`);
  for (const { name, value } of [...element.attributes])
    if (name.startsWith(ASIDE) || (LOADING.includes(name) && !value.startsWith('data:image/')))
      element.removeAttribute(name);
  if (css !== null) element.style.cssText = css;
  // Where a link would lead can be read, and nothing more.
  if (link !== null) element.title = link;
}
