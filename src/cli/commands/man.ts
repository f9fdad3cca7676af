import { addExamples, type DefineCommand } from '../define-command.ts';

export const defineMan: DefineCommand = (command, { io, readTree }) => {
  command.action(async () => {
    const { renderManPage } = await import('../man-page.ts');
    io.out(renderManPage(await readTree()).trimEnd());
  });
  addExamples(command, [
    ['tinybase man | man -l -', 'read it'],
    ['tinybase man > /usr/local/share/man/man1/tinybase.1', 'install it'],
  ]);
};
