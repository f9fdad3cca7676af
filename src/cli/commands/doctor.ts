import { resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { requireFolder } from '../../core/project-folder.ts';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';
import type { DoctorFinding } from '../doctor/finding.ts';
import { wrong } from '../doctor/finding.ts';
import { type CliIo, createPaint, toVisible } from '../output.ts';
import { addProjectOptions, openProject, type Project, type ProjectOptions } from '../settings.ts';

interface DoctorOptions extends ProjectOptions {
  readonly json?: true;
}

const WHAT_IT_DOES = `Looks at the configuration, permissions, disk, clock, database, admins, access rules, backups,
functions and their packages, port, mail server and crash reports. It changes nothing, and a server may
run meanwhile. Exits 1 when something is wrong; what is only worth a look is a warning.`;

export const defineDoctor: DefineCommand = (command, { io, opener }) => {
  addProjectOptions(command.option('--json', 'print JSON'));
  command.action(async (options: DoctorOptions) => {
    const findings = await find();
    if (options.json) io.out(JSON.stringify(findings, null, 2));
    else print(io, findings);
    const count = findings.filter(({ state }) => state === 'wrong').length;
    if (count > 0)
      throw new AppError('conflict', `${count} ${count === 1 ? 'thing is' : 'things are'} wrong.`);

    async function find(): Promise<readonly DoctorFinding[]> {
      requireFolder(resolve(io.cwd, options.dir ?? '.'));
      const project = readProject(io, options);
      if (!('config' in project)) return project;
      const { examine } = await import('../doctor/examine.ts');
      const facts = await opener.openFacts(project);
      return examine(project, facts, io.status).finally(() => io.status(''));
    }
  });
  addNotes(command, WHAT_IT_DOES);
  addExamples(command, [
    ['tinybase doctor', 'before a server goes live, and when something is strange'],
    ['tinybase doctor --json --dir /srv/shop', 'for programs'],
  ]);
};

/** The project, or the mistakes of its configuration: nothing else can be known then. */
function readProject(io: CliIo, options: DoctorOptions): Project | readonly DoctorFinding[] {
  try {
    // Its warnings are findings here.
    return openProject({ ...io, err: () => {} }, options);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const [head = '', ...mistakes] = error.message.split('\n');
    const told = mistakes.length === 0 ? [head] : mistakes.map((line) => line.trim());
    return told.map((what) =>
      wrong('configuration', what, 'tinybase serve does not start with it.'),
    );
  }
}

function print(io: CliIo, findings: readonly DoctorFinding[]): void {
  const { bold, dim, green, yellow, red } = createPaint(io.hasColour);
  const paint = { ok: green, warning: yellow, wrong: red };
  const stateWidth = 'warning'.length;
  const subjectWidth = Math.max(...findings.map(({ subject }) => Bun.stringWidth(subject)));
  for (const { state, subject, what, advice } of findings) {
    const head = `${paint[state](state.padEnd(stateWidth))}  ${bold(subject.padEnd(subjectWidth))}`;
    io.out(`${head}  ${what.split('\n').map(toVisible).join(' ')}`);
    if (advice !== null)
      io.out(`${' '.repeat(stateWidth + subjectWidth + 4)}${dim('→')} ${toVisible(advice)}`);
  }
}
