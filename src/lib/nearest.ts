/** The candidate that a mistyped word most likely meant, or undefined when nothing is close. */
export function findNearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let nearest: string | undefined;
  let best = maxTypos(typed);
  for (const candidate of candidates) {
    const wanted = candidate.toLowerCase();
    // Cheap bound first: the distance is at least the difference of the lengths.
    if (Math.abs(wanted.length - typed.length) > best) continue;
    const distance = countTypos(typed, wanted);
    if (distance > best || (distance === best && nearest !== undefined)) continue;
    if (distance >= wanted.length) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

/** The end of a sentence about a word that nobody knows: what was probably meant, or nothing. */
export function suggest(word: string, candidates: Iterable<string>): string {
  const nearest = findNearest(word, candidates);
  return nearest === undefined ? '' : `; did you mean ${nearest}?`;
}

/** A third of the word, so that short words do not match everything. */
function maxTypos(word: string): number {
  return Math.min(5, Math.max(1, Math.floor(word.length / 3)));
}

/** Inserted, dropped, changed and swapped letters (Damerau-Levenshtein, optimal string alignment). */
export function countTypos(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
