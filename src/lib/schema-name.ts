/**
 * The name of something in the OpenAPI document: `blog_posts` → `BlogPosts`. A number follows when the
 * name is taken with any of the suffixes; all of them are taken afterwards.
 */
export function takeSchemaName(
  name: string,
  suffixes: readonly string[],
  taken: Set<string>,
): string {
  const base = name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? base : `${base}${count}`;
    if (suffixes.some((suffix) => taken.has(candidate + suffix))) continue;
    for (const suffix of suffixes) taken.add(candidate + suffix);
    return candidate;
  }
}
