// Completions for three shells, from the same data as the help pages. Each offers commands, then the
// options of the command, then the values of an option that has a closed list; else file names.

enum Completions {
    static func bash(_ helps: [Help]) -> String {
        var text = """
            # bash completion of tollbook; regenerate with: tollbook completions bash
            _tollbook() {
                local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
                local command="${COMP_WORDS[1]}" first=2
                COMPREPLY=()
                if [ "$COMP_CWORD" -eq 1 ]; then
                    COMPREPLY=($(compgen -W "\(firstWords(helps).joined(separator: " ")) --help --version" -- "$word"))
                    return
                fi
                case "$command" in

            """
        for (word, seconds) in secondWords(helps) {
            text += """
                        \(word))
                            if [ "$COMP_CWORD" -eq 2 ] && [ "${word#-}" = "$word" ]; then
                                COMPREPLY=($(compgen -W "\(seconds.joined(separator: " "))" -- "$word"))
                                return
                            fi
                            case " \(seconds.joined(separator: " ")) " in
                                *" ${COMP_WORDS[2]} "*) command="$command ${COMP_WORDS[2]}" ;;
                            esac ;;

                """
        }
        text += "    esac\n    case \"$command $before\" in\n"
        for help in helps {
            for option in help.options where !option.values.isEmpty {
                text += """
                            "\(help.name) \(option.name)")
                                COMPREPLY=($(compgen -W "\(option.values.joined(separator: " "))" -- "$word"))
                                return ;;

                    """
            }
        }
        text += "    esac\n    case \"$command\" in\n"
        for help in helps {
            let options = help.options.map(\.name).joined(separator: " ")
            text += "        \"\(help.name)\") COMPREPLY=($(compgen -W \"\(options)\" -- \"$word\")) ;;\n"
        }
        return text + "    esac\n}\ncomplete -o default -F _tollbook tollbook\n"
    }

    static func zsh(_ helps: [Help]) -> String {
        var text = """
            #compdef tollbook
            # zsh completion of tollbook; regenerate with: tollbook completions zsh
            _tollbook() {
              local -a commands
              if (( CURRENT == 2 )); then
                commands=(\(firstWords(helps).map { quote($0) }.joined(separator: " ")))
                _describe command commands
                return
              fi
              local command="${words[2]}"
              case "$command" in

            """
        for (word, seconds) in secondWords(helps) {
            text += """
                    \(word))
                      if (( CURRENT == 3 )) && [[ "${words[3]}" != -* ]]; then
                        commands=(\(seconds.map { quote($0) }.joined(separator: " ")))
                        _describe command commands
                        return
                      fi
                      case " \(seconds.joined(separator: " ")) " in
                        *" ${words[3]} "*) command="$command ${words[3]}" ;;
                      esac ;;

                """
        }
        text += "  esac\n  case \"$command\" in\n"
        for help in helps {
            text += "    \(quote(help.name)))\n      _arguments"
            for option in help.options {
                var spec = "\(option.arity == .single ? "" : "*")\(option.name)[\(zshText(option.meaning))]"
                if let metavar = option.metavar {
                    let values =
                        option.values.isEmpty ? "_files" : "(\(option.values.joined(separator: " ")))"
                    spec += ":\(zshText(metavar)):\(values)"
                }
                text += " \\\n        \(quote(spec))"
            }
            text += " \\\n        '*:file:_files' ;;\n"
        }
        return text + "  esac\n}\n_tollbook \"$@\"\n"
    }

    static func fish(_ helps: [Help]) -> String {
        var text = "# fish completion of tollbook; regenerate with: tollbook completions fish\n"
        for word in firstWords(helps) {
            let summary = helps.first { $0.path == [word] }?.summary ?? "commands of \(word)"
            text += "complete -c tollbook -n __fish_use_subcommand -f -a \(word) -d \(quote(summary))\n"
        }
        for (word, seconds) in secondWords(helps) {
            for second in seconds {
                let summary = helps.first { $0.path == [word, second] }?.summary ?? ""
                text += "complete -c tollbook -n '__fish_seen_subcommand_from \(word)' -f -a \(second) "
                text += "-d \(quote(summary))\n"
            }
        }
        for help in helps {
            let condition = help.path.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            for option in help.options {
                text += "complete -c tollbook -n '\(condition)' -l \(option.name.dropFirst(2))"
                if option.metavar != nil { text += option.values.isEmpty ? " -r" : " -x" }
                if !option.values.isEmpty { text += " -a \(quote(option.values.joined(separator: " ")))" }
                text += " -d \(quote(option.meaning))\n"
            }
        }
        return text
    }

    private static func firstWords(_ helps: [Help]) -> [String] {
        var words: [String] = []
        for help in helps where !words.contains(help.path[0]) { words.append(help.path[0]) }
        return words
    }

    private static func secondWords(_ helps: [Help]) -> [(word: String, seconds: [String])] {
        firstWords(helps).compactMap { word in
            let seconds = helps.filter { $0.path.count > 1 && $0.path[0] == word }.map { $0.path[1] }
            return seconds.isEmpty ? nil : (word, seconds)
        }
    }

    private static func quote(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    /// Brackets and colons end a description in zsh.
    private static func zshText(_ text: String) -> String {
        String(text.flatMap { "[]:\\".contains($0) ? ["\\", $0] : [$0] })
    }
}
