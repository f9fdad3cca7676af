export interface Taken {
  readonly name: string;
  readonly has: 'nothing' | 'data';
  /** File names by look, in the order of the columns; a layer is not there on every device. */
  readonly files: readonly (string | undefined)[];
}

/** A page that shows them side by side: a row for each, a column for each look. */
export function indexPage(looks: readonly string[], taken: readonly Taken[]): string {
  const head = ['', ...looks].map((word) => `<th>${escapeHtml(word)}</th>`).join('');
  const rows = taken.map(({ name, has, files }) => {
    const cells = files.map((file) =>
      file === undefined
        ? '<td></td>'
        : `<td><a href="${file}"><img src="${file}" loading="lazy" alt="${escapeHtml(name)}"></a></td>`,
    );
    const word = has === 'data' ? 'with data' : 'empty';
    return `<tr><th>${escapeHtml(name)}<br><small>${word}</small></th>${cells.join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>TinyBase admin: every page</title>
<style>
body { margin: 16px; font: 14px/1.4 system-ui, sans-serif; background: #ddd; }
th { text-align: left; vertical-align: top; padding: 8px; max-width: 160px; overflow-wrap: anywhere; }
thead th { position: sticky; top: 0; background: #ddd; }
td { padding: 8px; vertical-align: top; }
img { height: 360px; border: 1px solid #999; }
</style>
<h1>Every page of the admin app</h1>
<table><thead><tr>${head}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
