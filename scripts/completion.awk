# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of completion.sh on stdin; -v shell=bash or zsh.

BEGIN { FS = "\t" }

$1 == "command" {
	command[++n_commands] = $2
	summary[$2] = $3
	operands[$2] = $4
}

$1 == "option" {
	at = ++n_options[$2]
	long[$2, at] = $3
	letter[$2, at] = $4
	argument[$2, at] = $5
	help[$2, at] = $6
}

END { shell == "zsh" ? print_zsh() : print_bash() }

function kind_of(name) {
	if (name ~ /CAMPAIGN/)
		return "directory"
	if (name ~ /FILE|CAPTURE/)
		return "file"
	return name ~ /^IF/ ? "interface" : "other"
}

# "--output|-o" for each option of the command whose argument is of the kind
function pattern(name, kind,    i, text) {
	for (i = 1; i <= n_options[name]; i++) {
		if (argument[name, i] == "-" || kind_of(argument[name, i]) != kind)
			continue
		text = text "|--" long[name, i]
		if (letter[name, i] != "-")
			text = text "|-" letter[name, i]
	}
	return substr(text, 2)
}

function words(name,    i, text) {
	for (i = 1; i <= n_options[name]; i++) {
		text = text " --" long[name, i]
		if (letter[name, i] != "-")
			text = text " -" letter[name, i]
	}
	return substr(text, 2)
}

function command_names(    i, text) {
	for (i = 1; i <= n_commands; i++)
		text = text " " command[i]
	return substr(text, 2) " help"
}

function print_case(name, kind,    text) {
	text = pattern(name, kind)
	if (text != "")
		printf "\t\t%s) kind=%s ;;\n", text, kind
}

function print_bash(    i, name) {
	print "# bash completion of spindrift; generated\n"
	print "_spindrift()\n{"
	print "\tlocal word=${COMP_WORDS[COMP_CWORD]} options kind"
	print "\tlocal previous=${COMP_WORDS[COMP_CWORD-1]}"
	print "\tCOMPREPLY=()"
	print "\tif [ \"$COMP_CWORD\" -eq 1 ]; then"
	print "\t\tCOMPREPLY=($(compgen -W '" command_names() \
		" --help --version' -- \"$word\"))"
	print "\t\treturn"
	print "\tfi"
	print "\tcase ${COMP_WORDS[1]} in"
	for (i = 1; i <= n_commands; i++) {
		name = command[i]
		print "\t" name ")"
		print "\t\toptions='" words(name) "' kind=" kind_of(operands[name])
		print "\t\tcase $previous in"
		print_case(name, "directory")
		print_case(name, "file")
		print_case(name, "interface")
		print_case(name, "other")
		print "\t\t*) case $word in -*) kind=options ;; esac ;;"
		print "\t\tesac"
		print "\t\t;;"
	}
	print "\thelp) options='" command_names() "' kind=options ;;"
	print "\tesac"
	print "\tcase $kind in"
	print "\toptions) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;"
	print "\tinterface) COMPREPLY=($(compgen -W \\"
	print "\t\t\"$(ls /sys/class/net 2>/dev/null)\" -- \"$word\")) ;;"
	print "\tdirectory|file)"
	print "\t\tcompopt -o filenames 2>/dev/null"
	print "\t\tmapfile -t COMPREPLY < <(compgen -A \"$kind\" -- \"$word\")"
	print "\t\t;;"
	print "\tesac"
	print "}\n"
	print "complete -F _spindrift spindrift"
}

# Quoted for a single-quoted string of _arguments.
function quoted(text) {
	gsub(/'/, "'\\''", text)
	gsub(/[\[\]:]/, "\\\\&", text)
	return text
}

function action(name) {
	if (kind_of(name) == "directory")
		return "_files -/"
	if (kind_of(name) == "file")
		return "_files"
	return kind_of(name) == "interface" ? "_net_interfaces" : ""
}

function zsh_option(name, i,    text) {
	text = "[" quoted(help[name, i]) "]"
	if (argument[name, i] != "-")
		text = text ":" quoted(argument[name, i]) ":" \
			action(argument[name, i])
	if (letter[name, i] == "-")
		return "'*--" long[name, i] text "'"
	return "'*'{-" letter[name, i] ",--" long[name, i] "}'" text "'"
}

function print_zsh(    i, j, name) {
	print "#compdef spindrift"
	print "# zsh completion of spindrift; generated\n"
	print "_spindrift()\n{"
	print "\tlocal -a commands"
	print "\tcommands=("
	for (i = 1; i <= n_commands; i++)
		print "\t\t'" command[i] ":" quoted(summary[command[i]]) "'"
	print "\t\t'help:options of a command'"
	print "\t)"
	print "\tif ((CURRENT == 2)); then"
	print "\t\t_describe command commands"
	print "\t\treturn"
	print "\tfi"
	print "\tshift words"
	print "\t((CURRENT--))"
	print "\tcase $words[1] in"
	for (i = 1; i <= n_commands; i++) {
		name = command[i]
		print "\t" name ") _arguments \\"
		for (j = 1; j <= n_options[name]; j++)
			print "\t\t" zsh_option(name, j) " \\"
		print "\t\t'*:operand:" action(operands[name]) "' ;;"
	}
	print "\thelp) _describe command commands ;;"
	print "\tesac"
	print "}\n"
	print "_spindrift \"$@\""
}
