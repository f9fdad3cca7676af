import { readFileSync } from 'node:fs';

interface Instruction {
  readonly name: string;
  readonly text: string;
}

interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** What a container of the last stage gets. */
export interface Image {
  readonly stages: readonly Stage[];
  readonly last: Stage;
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  /** Of the last stage, with what stands behind its name. */
  all(name: string): readonly string[];
}

/** Reads the instructions of a Dockerfile, as far as ours uses them. */
export function readDockerfile(path: string): Image {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const instructions = lines.flatMap((line) => {
    const [, name, text] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    return name === undefined || text === undefined ? [] : [{ name, text: text.trim() }];
  });
  const stages: { from: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const words = instruction.text.split(/\s+/).filter((word) => !word.startsWith('--'));
      stages.push({ from: words[0] ?? '', name: words[2], instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error(`${path} has no stage`);
  const all = (wanted: string) =>
    last.instructions.flatMap(({ name, text }) => (name === wanted ? [text] : []));
  const list = (name: string) => JSON.parse(all(name).at(-1) ?? '[]') as string[];
  const health = all('HEALTHCHECK').at(-1) ?? '';
  return {
    stages,
    last,
    user: all('USER').at(-1) ?? '',
    env: Object.fromEntries(
      all('ENV').map((text) => [text.split('=')[0] ?? '', text.slice(text.indexOf('=') + 1)]),
    ),
    folder: all('WORKDIR').at(-1) ?? '/',
    entrypoint: list('ENTRYPOINT'),
    command: list('CMD'),
    healthCheck: JSON.parse(/CMD (\[.*\])$/.exec(health)?.[1] ?? '[]'),
    all,
  };
}
