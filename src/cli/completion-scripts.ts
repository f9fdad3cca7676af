/** The shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/**
 * What each shell is given once. The scripts know no command: they hand what was typed to
 * `tinybase __complete`, which answers `:files`, `:folders` or a word and its description in each line.
 */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  // Without compopt (bash 3.2 of macOS) files are offered wherever there is nothing else.
  bash: String.raw`# Completion of tinybase in bash, made by: tinybase completion bash
_tinybase() {
  local line files=''
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      '') ;;
      :files) files=default ;;
      :folders) files=dirnames ;;
      *) COMPREPLY+=("\${line%%$'\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]/#\~/$HOME}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ $files == default ]] || compopt +o default 2>/dev/null
  [[ $files != dirnames ]] || compopt -o dirnames 2>/dev/null
  return 0
}
complete -o default -F _tinybase tinybase
`.replaceAll('\\$', '$'),
  zsh: String.raw`#compdef tinybase
# Completion of tinybase in zsh, made by: tinybase completion zsh
_tinybase() {
  local line word
  local -a found
  for line in "\${(@f)$("\${(Q)words[1]/#\~/$HOME}" __complete "\${(@Q)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) _files; return ;;
      :folders) _files -/; return ;;
      *$'\t'*)
        word=\${line%%$'\t'*}
        found+=("\${word//:/\\:}:\${line#*$'\t'}")
        ;;
      *) found+=("\${line//:/\\:}") ;;
    esac
  done
  (( $#found )) && _describe tinybase found
}
if [[ $funcstack[1] == _tinybase ]]; then
  _tinybase "$@"
else
  compdef _tinybase tinybase
fi
`.replaceAll('\\$', '$'),
  fish: `# Completion of tinybase in fish, made by: tinybase completion fish
function __tinybase_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in ($program __complete $words "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c tinybase -f -a '(__tinybase_complete)'
`,
};
