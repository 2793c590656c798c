# SPDX-License-Identifier: GPL-2.0-or-later
# The help of one command (-v name=, -v summary=) as the lines of
# completion.sh.

/^usage: / {
	operands = $0
	sub(/^.*\[options\] ?/, "", operands)
}

# "  -o, --output CAMPAIGN  help" or "      --lan PREFIX  help"
/^  (-[A-Za-z], |    )--/ {
	letter = substr($0, 3, 1) == "-" ? substr($0, 4, 1) : "-"
	line = substr($0, 9)
	match(line, /^[a-z0-9-]+/)
	long = substr(line, 1, RLENGTH)
	line = substr(line, RLENGTH + 1)
	match(line, /  +/)
	argument = substr(line, 2, RSTART - 2)
	option[++n] = long "\t" letter "\t" (argument == "" ? "-" : argument) \
		"\t" substr(line, RSTART + RLENGTH)
}

END {
	print "command\t" name "\t" summary "\t" operands
	for (i = 1; i <= n; i++)
		print "option\t" name "\t" option[i]
}
