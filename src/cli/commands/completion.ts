import { Argument } from 'commander';
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion-scripts.ts';
import { addExamples, addNotes, type DefineCommand } from '../define-command.ts';

const WHERE = `Put the line into the start-up file of your shell, or write the script where the shell looks for it:
  bash  echo 'source <(tinybase completion bash)' >> ~/.bashrc
  zsh   echo 'source <(tinybase completion zsh)' >> ~/.zshrc   (below the line with compinit)
  fish  tinybase completion fish > ~/.config/fish/completions/tinybase.fish
Names of collections, functions, extensions and environments come from the project of the current
folder, or of --dir. The script asks the program, so it need not be made anew after an update.`;

export const defineCompletion: DefineCommand = (command, { io }) => {
  command.addArgument(new Argument('<shell>', 'your shell').choices(SHELLS));
  command.action((shell: Shell) => io.out(COMPLETION_SCRIPTS[shell].trimEnd()));
  addNotes(command, WHERE);
  addExamples(command, [
    ['source <(tinybase completion bash)', 'for this session of bash'],
    ['source <(tinybase completion zsh)', 'for this session of zsh'],
    ['tinybase completion fish | source', 'for this session of fish'],
  ]);
};
