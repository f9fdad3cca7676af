export interface NewExtension {
  readonly name: string;
  readonly description: string;
}

/** The files of a new extension, by name. */
export function renderExtension({ name, description }: NewExtension): Record<string, string> {
  return {
    'extension.toml': `[extension]
name = "${name}"
version = "0.1.0"
description = ${toToml(description)}
# author = "Ann <ann@example.com>"
# license = "MIT"

# npm packages that it imports: tinybase installs them.
# [extension.dependencies]
# ms = "^2.1.3"

# What an admin can set, in the admin app or over the API.
[extension.settings.greeting]
type = "string" # string | integer | number | boolean | list | json
default = "Hello"
description = "What it says at the start"
`,
    'main.ts': `import { before_record_create, on_record_create, on_startup } from 'tinybase/extensions';

on_startup((_event, { settings, log }) => {
  log.info(\`\${String(settings.greeting)} from ${name}\`);
});

// After a record was created, in any collection. It never holds up or breaks the request.
on_record_create((event, { log }) => {
  log.info(\`\${event.collection} has a new record\`, { id: event.id });
});

// Before a record is created in one collection: change event.data, or throw a HookError to refuse it.
before_record_create({ collection: 'posts' }, (event) => {
  if (typeof event.data.title === 'string') event.data.title = event.data.title.trim();
});
`,
  };
}

/** A basic string of TOML; its escapes are those of JSON. */
function toToml(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
