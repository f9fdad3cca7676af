/**
 * Elysia reads the source text of handlers and hooks and guesses from it whether they answer a promise and
 * what of a request they use; a guess of "perhaps" makes the whole route asynchronous, and what the minifier
 * makes of the text changes the guess. A bound function shows no source, so the route runs as it is written:
 * at once when all of it does, and `createAnswers` waits for a promise.
 */
export function withoutSource<Context, Answer>(
  handler: (context: Context) => Answer,
): (context: Context) => Answer {
  return handler.bind(undefined);
}
