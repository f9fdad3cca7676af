import { EXIT_CODES } from '../../src/cli/exit-codes.ts';
import { ERROR_CODES, type ErrorCode } from '../../src/core/errors.ts';
import { STATUS } from '../../src/http/error-handler.ts';

const INTRODUCTION = `# Reference of errors

<!-- Made by scripts/generate-docs.ts from src/core/errors.ts and scripts/docs/errors-page.ts: change it there. -->

Every answer that is an error has this body, and the status of its code:

\`\`\`text
{"detail": "<what, which, what to do>", "code": "<code>"}
\`\`\`

With the code \`invalid_input\` the detail is a list of all faults, each with the place and a name that does not
change: \`{"loc": ["body", "title"], "msg": "…", "type": "string_too_long"}\`. With \`server.debug\`, a \`cause\` says
what lay behind an error. \`X-Request-ID\` is in every answer, and in the server's log.

The same codes end a command of the program: most with the exit code 1, \`invalid_input\` with 2. A command
that was stopped by Ctrl-C ends with 130, whatever it was doing.
`;

interface ErrorHelp {
  /** When it comes. */
  readonly when: string;
  /** What whoever gets it does about it. */
  readonly advice: string;
}

const HELP = {
  invalid_input: {
    when: 'The body, a query parameter, a path or a header is not what the route takes. Unknown ones are refused too.',
    advice:
      'Read `loc` and `msg` of each fault; `docs/openapi.json` and `/docs` say what each route takes.',
  },
  unauthenticated: {
    when: 'There is no token, or one that has expired, was revoked or never was; also a wrong e-mail address or password.',
    advice: 'Sign in (again) with `POST /api/auth/login`, and send `Authorization: Bearer TOKEN`.',
  },
  mfa_required: { when: 'Kept for later; no route answers it yet.', advice: 'Nothing.' },
  forbidden: {
    when: 'The caller is known, and may not do this: by the access rules, the scopes of the API token, or for want of the rights of an admin.',
    advice: 'Change the rules of the collection, or use a token that may.',
  },
  not_found: {
    when: 'There is no such path, collection, record or function, or the caller may not see it.',
    advice: 'Check the name or id, and who is asking: what is not readable does not exist.',
  },
  method_not_allowed: {
    when: 'The path is there, and does not take this method.',
    advice: 'Use one of those in the header `Allow`.',
  },
  timeout: {
    when: 'The request was not received, or a built-in route not done, within `server.request_timeout_seconds`.',
    advice:
      'Send less at once, or over a better line; for much data use import, batch or an index.',
  },
  conflict: {
    when: 'A unique value or a name is taken, a record is referred to, or what is stored stands against it.',
    advice: 'The detail says what it is: choose another value, or change what is there first.',
  },
  precondition_failed: {
    when: 'The record was changed since the revision in `If-Match` was read.',
    advice: 'Read it again, and repeat the change on what is there now.',
  },
  too_large: {
    when: 'The body is larger than `server.max_body_mb`, or an upload than `server.max_upload_mb`.',
    advice: 'Send it in parts, or raise the limit.',
  },
  unsupported_media_type: {
    when: 'The body is of a kind that the route does not take.',
    advice: 'Send `Content-Type: application/json`, or what the route names.',
  },
  too_many_requests: {
    when: 'A limit was reached: of sign-ins, of requests, or of calls that one user has running.',
    advice: 'Wait for as many seconds as `Retry-After` says.',
  },
  function_failed: {
    when: 'A function threw. A `FunctionError` has the status that it was given.',
    advice: 'Admins see the error and its place in the history of calls.',
  },
  function_timeout: {
    when: 'A function ran longer than it may.',
    advice: 'Make it faster, or give it more time with `timeout_seconds` in `register()`.',
  },
  internal: {
    when: 'Something that nobody foresaw: a fault of ours.',
    advice: 'Look for the request id in the log, and report it with what stands there.',
  },
  unavailable: {
    when: 'The server starts, stops or has too much to do: a full queue of functions, a database that is locked.',
    advice: 'Repeat it after as many seconds as `Retry-After` says.',
  },
} as const satisfies Record<ErrorCode, ErrorHelp>;

/** docs/reference/errors.md: every code with its status, when it comes and what to do. */
export function renderErrorsPage(): string {
  const rows = ERROR_CODES.map((code) => {
    const { when, advice } = HELP[code];
    return `| \`${code}\` | ${STATUS[code]} | ${EXIT_CODES[code]} | ${when} | ${advice} |`;
  });
  return [
    INTRODUCTION,
    '| code | status | exit code | when | what to do |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
