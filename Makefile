# SPDX-License-Identifier: GPL-2.0-or-later
# spindrift: one makefile, everything built below build/; `make help` lists the
# targets. Targets that people call first let scripts/deps.sh install or name
# what is missing, and then call make again, because what pkg-config answers is
# read when a makefile is read.

VERSION := 0.1.0
B ?= build
PREFIX ?= /usr/local
DESTDIR ?=
CC ?= gcc
CLANG ?= clang
CFLAGS ?= -O2 -g
FUZZ_S ?= 60
WARNINGS := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes \
	-Wshadow -Wno-unused-parameter -Wno-missing-field-initializers \
	-Werror=implicit-function-declaration
# make SANITIZE=address,undefined builds below its own directory.
SANITIZE ?=
ifneq ($(SANITIZE),)
override B := $(B)/sanitized
override CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer
override LDFLAGS += -fsanitize=$(SANITIZE)
endif
export BUILD := $(B)
# What deps.sh installs comes before whatever else a user has by that name.
export PATH := /usr/sbin:/usr/bin:/sbin:/bin:$(PATH)
# make V=1 shows the commands.
V ?=
Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-5s %s\n' $(1) $@)
BUILD_ROOT := $(patsubst %/sanitized,%,$(B))
MAKE_INNER := $(MAKE) --no-print-directory B=$(BUILD_ROOT)

# -lhdf5_hl (dimension scales) has no pkg-config file of its own.
PKG_STORE := hdf5-serial libzstd json-c libcrypto
PKG_OFFLINE := $(PKG_STORE) liblzma zlib cairo gsl yajl libmaxminddb
PKG_LIVE := $(PKG_STORE) libbpf
pkg = $(patsubst -lhdf5,-lhdf5_hl -lhdf5,$(shell pkg-config $(1) $(2) 2>/dev/null))
OFFLINE_LIBS := $(call pkg,--libs,$(PKG_OFFLINE)) -lm
LIVE_LIBS := $(call pkg,--libs,$(PKG_LIVE))
CMOCKA_LIBS := $(call pkg,--libs,cmocka)

ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DSPINDRIFT_VERSION='"$(VERSION)"' \
	$(WARNINGS) -I. -I$(B)/gen $(call pkg,--cflags,$(PKG_OFFLINE)) $(CFLAGS)
ALL_LDFLAGS := -Wl,--as-needed $(LDFLAGS)

# Directories follow the data flow, programs follow privilege: live measurement
# links neither the capture readers nor cairo. The linker takes from an archive
# only what a program needs; tests/cli checks the outcome.
LIB_SRC := $(wildcard lib/*.c)
LIVE_SRC := $(wildcard collector/live_*.c)
OFFLINE_SRC := $(filter-out $(LIVE_SRC),$(wildcard collector/*.c))
IMPORT_SRC := $(wildcard import/*.c)
ARCHIVE_SRC := $(wildcard archive/*.c)
ANALYSIS_SRC := $(wildcard analysis/*.c)
obj = $(patsubst %.c,$(B)/obj/%.o,$(1))

LIB_A := $(B)/lib.a
COLLECTOR_A := $(B)/collector.a
IMPORT_A := $(B)/import.a
ARCHIVE_A := $(B)/archive.a
ANALYSIS_A := $(B)/analysis.a
LIVE_A := $(B)/live.a
OFFLINE_ARCHIVES := $(ANALYSIS_A) $(ARCHIVE_A) $(IMPORT_A) $(COLLECTOR_A) $(LIB_A)
group = -Wl,--start-group $(1) -Wl,--end-group

# Live measurement needs clang, libbpf and bpftool; nothing else does.
BPFTOOL := $(firstword $(shell command -v bpftool 2>/dev/null) \
	$(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool))
LLVM_STRIP := $(firstword $(shell command -v llvm-strip llvm-strip-14 2>/dev/null))
LIVE_MISSING := $(strip \
	$(if $(shell command -v $(CLANG) 2>/dev/null),,clang) \
	$(if $(LLVM_STRIP),,llvm-strip) $(if $(BPFTOOL),,bpftool) \
	$(shell pkg-config --exists libbpf 2>/dev/null || echo libbpf))
LIVE_PROGRAMS := $(if $(wildcard cmd/spindrift_collect.c),$(B)/spindrift-collect)
LIVE_TESTS := $(patsubst tests/differential/%.c,$(B)/tests/differential/%,\
	$(wildcard tests/differential/*_test.c))
LIVE_BENCH := $(if $(wildcard tests/bench/kernel/*.c),$(B)/tests/kernel_cost)
ifneq ($(LIVE_MISSING),)
LIVE_PROGRAMS :=
LIVE_TESTS :=
LIVE_BENCH :=
endif

PROGRAMS := $(if $(wildcard cmd/spindrift.c),$(B)/spindrift)
# Where Open MPI is.
MPICC := $(shell command -v mpicc 2>/dev/null)
MPI_PROGRAMS := $(if $(MPICC),$(B)/spindrift-mpi)
COMPLETIONS := $(B)/completion/bash $(B)/completion/zsh
UNIT_TESTS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,\
	$(wildcard tests/unit/*_test.c))
BENCH := $(patsubst tests/bench/%.c,$(B)/tests/%,$(wildcard tests/bench/*.c))
RELAY := $(if $(wildcard tests/relay/*.c),$(B)/tests/relay)
TUN := $(if $(wildcard tests/tun/*.c),$(B)/tests/tun_echo)
QUIC := $(if $(wildcard tests/quic/*.c),$(B)/tests/quic_endpoint)
SYNTHETIC := $(if $(wildcard tests/synthetic/*.c),$(B)/tests/isp_generate)
SAMPLES := $(patsubst tests/samples/%.c,$(B)/tests/%,\
	$(wildcard tests/samples/*.c))
FUZZERS := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_REPLAYS := $(FUZZERS:%=$(B)/tests/fuzz/%)
FAULT := $(patsubst tests/fault/%.c,$(B)/tests/fault/%,\
	$(wildcard tests/fault/fault_*.c))
# What stands between a program and its disk; a sanitizer has a say there too.
PRELOAD := $(B)/tests/fault/power_loss.so
TESTS := $(UNIT_TESTS) $(BENCH) $(FAULT) $(PRELOAD) $(RELAY) $(QUIC) $(TUN) $(SAMPLES) \
	$(SYNTHETIC) \
	$(FUZZ_REPLAYS) $(LIVE_TESTS) $(LIVE_BENCH)

.PHONY: all programs tests generated demo figures check reproduce soak lint format bench fuzz install uninstall \
	install-built deb clean deps help live-note
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

##: all          build spindrift and, where clang and libbpf are, spindrift-collect
all:
	@scripts/deps.sh build
	@+$(MAKE_INNER) programs

programs: $(PROGRAMS) $(LIVE_PROGRAMS) $(MPI_PROGRAMS) $(COMPLETIONS) live-note

live-note:
ifneq ($(LIVE_MISSING),)
	@echo "spindrift-collect: not built: missing $(LIVE_MISSING)"
endif

##: demo         replay a small capture and, as root, measure live between namespaces
demo:
	@scripts/deps.sh build demo
	@+$(MAKE_INNER) programs $(RELAY:$(B)/%=$(B)/%)
	@demo/demo.sh

##: figures      every figure of plots/ from a made-up month, in build/figures
figures:
	@scripts/deps.sh build figures
	@+$(MAKE_INNER) programs $(SYNTHETIC)
	@tests/synthetic/month.sh

##: check        run every test; what needs root is skipped without it
check:
	@scripts/deps.sh build check
	@+$(MAKE_INNER) programs tests
	@tests/check.sh

##: reproduce    the experiments that need no root, under ten minutes: ARTIFACT.md
reproduce:
	@scripts/deps.sh build check
	@+$(MAKE_INNER) programs tests
	@echo "the experiments that need no root, under ten minutes; all of them:" \
		"experiments/run"
	@timeout --foreground 600 experiments/run --unprivileged

##: soak         the drills of tests/fault for hours: docs/reliability.md
soak:
	@scripts/deps.sh build check
	@+$(MAKE_INNER) programs tests
	@tests/soak.sh

tests: $(TESTS)

generated: $(if $(LIVE_MISSING),,$(B)/gen/spindrift.skel.h \
	$(if $(LIVE_BENCH),$(B)/gen/driver.skel.h $(B)/gen/seven_maps.skel.h \
	$(B)/gen/floor.skel.h))

##: lint         formatting, static analysis, layers, man pages, scripts
lint:
	@scripts/deps.sh build lint
	@+$(MAKE_INNER) programs generated
	@tests/lint/run.sh

##: format       apply clang-format and black
format:
	@scripts/format.sh

##: bench        build and run the benchmarks of tests/bench
bench:
	@scripts/deps.sh build check
	@+$(MAKE_INNER) programs tests
	@tests/bench.sh

##: fuzz         run each fuzzer for FUZZ_S seconds (60)
fuzz:
	@scripts/deps.sh build fuzz
	@+$(MAKE_INNER) fuzzers
	@FUZZ_S=$(FUZZ_S) tests/fuzz.sh $(FUZZERS)

UNIT := dist/systemd/spindrift-collect.service
BASH_COMPLETION := $(PREFIX)/share/bash-completion/completions/spindrift
ZSH_COMPLETION := $(PREFIX)/share/zsh/site-functions/_spindrift

##: install      below DESTDIR and PREFIX (/usr/local)
install: all
	@+$(MAKE_INNER) install-built

install-built:
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/spindrift
	install -m 755 $(B)/spindrift $(DESTDIR)$(PREFIX)/bin/
	if [ -f $(B)/spindrift-mpi ]; then install -m 755 \
		$(B)/spindrift-mpi $(DESTDIR)$(PREFIX)/bin/; fi
	if [ -f $(B)/spindrift-collect ]; then install -m 755 \
		$(B)/spindrift-collect $(DESTDIR)$(PREFIX)/libexec/spindrift/; fi
	install -D -m 644 $(B)/completion/bash $(DESTDIR)$(BASH_COMPLETION)
	install -D -m 644 $(B)/completion/zsh $(DESTDIR)$(ZSH_COMPLETION)
	for page in man/*.[158]; do \
		dir=$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}; \
		install -d $$dir && install -m 644 $$page $$dir/ || exit 1; done
	if [ -f $(B)/spindrift-collect ]; then \
		install -d $(DESTDIR)$(PREFIX)/lib/systemd/system \
			$(DESTDIR)$(PREFIX)/lib/sysusers.d \
			$(DESTDIR)$(PREFIX)/share/doc/spindrift && \
		sed 's|/usr/local/|$(PREFIX)/|' $(UNIT) \
			>$(DESTDIR)$(PREFIX)/lib/systemd/system/$(notdir $(UNIT)) && \
		install -m 644 dist/systemd/spindrift.sysusers \
			$(DESTDIR)$(PREFIX)/lib/sysusers.d/spindrift.conf && \
		install -m 644 dist/collect.conf \
			$(DESTDIR)$(PREFIX)/share/doc/spindrift/; fi

##: uninstall    remove what install put there
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/spindrift \
		$(DESTDIR)$(PREFIX)/bin/spindrift-mpi \
		$(DESTDIR)$(BASH_COMPLETION) $(DESTDIR)$(ZSH_COMPLETION)
	rm -f $(DESTDIR)$(PREFIX)/libexec/spindrift/spindrift-collect
	for page in man/*.[158]; do rm -f \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	rm -f $(DESTDIR)$(PREFIX)/lib/systemd/system/$(notdir $(UNIT)) \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/spindrift.conf \
		$(DESTDIR)$(PREFIX)/share/doc/spindrift/collect.conf
	-rmdir $(DESTDIR)$(PREFIX)/libexec/spindrift \
		$(DESTDIR)$(PREFIX)/share/doc/spindrift

# Built anew below $(B)/deb with Debian's flags, for those of people who try
# things are not what a package is built with.
##: deb          Debian packages in build/deb
deb:
	@scripts/deps.sh build live deb
	@+flags() { dpkg-buildflags --get $$1; }; \
	$(MAKE_INNER) programs B=$(B)/deb LDFLAGS="$$(flags LDFLAGS)" \
		CFLAGS="$$(flags CPPFLAGS) $$(flags CFLAGS)"
	@scripts/deb.sh $(VERSION) $(B)/deb $(B)/deb

##: clean        remove build/
clean:
	rm -rf $(B)

##: deps         install what is missing for all of the above (Debian, root)
deps:
	@scripts/deps.sh build demo check lint fuzz

##: help         this list
help:
	@echo "make TARGET, with TARGET one of"
	@sed -n 's/^##: /  /p' Makefile
	@echo "and SANITIZE=address,undefined for an instrumented build of its own"

# Objects and archives. An archive is made anew: a member whose source is gone
# must not stay.
$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define archive_rule
$(1): $(call obj,$(2)) Makefile
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(call say,AR)
	$$(Q)ar rcsD $$@ $$(filter %.o,$$^)
endef
$(eval $(call archive_rule,$(LIB_A),$(LIB_SRC)))
$(eval $(call archive_rule,$(COLLECTOR_A),$(OFFLINE_SRC)))
$(eval $(call archive_rule,$(IMPORT_A),$(IMPORT_SRC)))
$(eval $(call archive_rule,$(ARCHIVE_A),$(ARCHIVE_SRC)))
$(eval $(call archive_rule,$(ANALYSIS_A),$(ANALYSIS_SRC)))
$(eval $(call archive_rule,$(LIVE_A),$(LIVE_SRC)))

# Programs.
$(B)/spindrift: $(B)/obj/cmd/spindrift.o $(OFFLINE_ARCHIVES)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(call group,$(OFFLINE_ARCHIVES)) \
		$(OFFLINE_LIBS)

$(B)/spindrift-collect: $(B)/obj/cmd/spindrift_collect.o $(LIVE_A) \
		$(COLLECTOR_A) $(LIB_A)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< \
		$(call group,$(LIVE_A) $(COLLECTOR_A) $(LIB_A)) $(LIVE_LIBS) -lm

$(B)/obj/mpi/%.o: ALL_CFLAGS += $(shell mpicc --showme:compile 2>/dev/null)
$(B)/spindrift-mpi: $(B)/obj/mpi/spindrift_mpi.o $(OFFLINE_ARCHIVES)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(call group,$(OFFLINE_ARCHIVES)) \
		$(OFFLINE_LIBS) $(shell mpicc --showme:link)

# From what the help of each command lists, hence of both programs.
$(COMPLETIONS): $(B)/completion/%: $(PROGRAMS) $(LIVE_PROGRAMS) \
		$(wildcard scripts/completion*)
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q)scripts/completion.sh $* $(B)/spindrift >$@

# BPF: debug sections go, BTF stays; the skeleton carries the object, and is not
# ours to lint. All that is no stage is inlined: a call costs some nanoseconds,
# and the verifier walks through it each time anyway.
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -std=gnu11 -Wall -Wextra \
	-mllvm -inline-threshold=100000 \
	-Wno-unused-parameter -I. \
	-I/usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)

$(B)/spindrift.bpf.o: bpf/spindrift.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(B)/spindrift.bpf.d -c -o $@ $<
	$(Q)$(LLVM_STRIP) -g $@

$(B)/gen/spindrift.skel.h: $(B)/spindrift.bpf.o
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q){ echo "/* NOLINTBEGIN */" && \
		$(BPFTOOL) gen skeleton $< name spindrift_bpf && \
		echo "/* NOLINTEND */"; } > $@

$(call obj,$(LIVE_SRC) $(wildcard tests/differential/*.c) \
	cmd/spindrift_collect.c): $(B)/gen/spindrift.skel.h

$(call obj,tests/differential/flood_test.c): $(B)/gen/driver.skel.h

# Tests. Some measure the made-up ISP of tests/synthetic.
$(eval $(call archive_rule,$(B)/synthetic.a,$(filter-out %_generate.c,\
	$(wildcard tests/synthetic/*.c))))

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(B)/synthetic.a $(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(B)/synthetic.a \
		$(call group,$(OFFLINE_ARCHIVES)) $(OFFLINE_LIBS) $(CMOCKA_LIBS)

$(SYNTHETIC): $(call obj,tests/synthetic/isp_generate.c) $(B)/synthetic.a \
		$(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(B)/synthetic.a \
		$(call group,$(OFFLINE_ARCHIVES)) $(OFFLINE_LIBS)

DIFFERENTIAL_COMMON := $(call obj,$(filter-out %_test.c,\
	$(wildcard tests/differential/*.c)))
$(B)/tests/differential/%: $(B)/obj/tests/differential/%.o \
		$(DIFFERENTIAL_COMMON) $(LIVE_A) $(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(DIFFERENTIAL_COMMON) \
		$(call group,$(LIVE_A) $(OFFLINE_ARCHIVES)) $(OFFLINE_LIBS) \
		$(LIVE_LIBS) $(CMOCKA_LIBS)

$(B)/tests/relay: $(call obj,$(wildcard tests/relay/*.c))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ -lm

$(TUN): $(call obj,$(wildcard tests/tun/*.c))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

$(B)/tests/quic_endpoint: $(call obj,$(wildcard tests/quic/*.c))
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^

$(BENCH): $(B)/tests/%: $(B)/obj/tests/bench/%.o $(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(call group,$(OFFLINE_ARCHIVES)) \
		$(OFFLINE_LIBS)

$(SAMPLES): $(B)/tests/%: $(B)/obj/tests/samples/%.o $(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $< $(call group,$(OFFLINE_ARCHIVES)) \
		$(OFFLINE_LIBS)

$(FAULT): $(B)/tests/fault/%: $(B)/obj/tests/fault/%.o \
		$(B)/obj/tests/fault/digest.o $(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
		$(call group,$(OFFLINE_ARCHIVES)) $(OFFLINE_LIBS)

$(PRELOAD): tests/fault/power_loss.c
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O2 -g -fPIC -shared \
		-o $@ $<

# What feeds the program under test, and what it is measured against, are BPF
# objects of their own.
$(B)/bench/%.bpf.o: tests/bench/kernel/%.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c -o $@ $<
	$(Q)$(LLVM_STRIP) -g $@

$(B)/gen/%.skel.h: $(B)/bench/%.bpf.o
	@mkdir -p $(@D)
	$(call say,GEN)
	$(Q){ echo "/* NOLINTBEGIN */" && \
		$(BPFTOOL) gen skeleton $< name $*_bpf && \
		echo "/* NOLINTEND */"; } > $@

KERNEL_BENCH_O := $(call obj,$(filter-out %.bpf.c,\
	$(wildcard tests/bench/kernel/*.c)))
$(KERNEL_BENCH_O): $(patsubst tests/bench/kernel/%.bpf.c,$(B)/gen/%.skel.h,\
	$(wildcard tests/bench/kernel/*.bpf.c))

$(B)/tests/kernel_cost: $(KERNEL_BENCH_O) $(LIVE_A) $(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(KERNEL_BENCH_O) \
		$(call group,$(LIVE_A) $(OFFLINE_ARCHIVES)) $(OFFLINE_LIBS) \
		$(LIVE_LIBS)

# A fuzz target twice: with a main that replays the corpus, for `make check`,
# and with libFuzzer and sanitizers throughout, for `make fuzz`.
$(FUZZ_REPLAYS): $(B)/tests/fuzz/%: $(B)/obj/tests/fuzz/%_fuzz.o \
		$(B)/obj/tests/fuzz/replay_corpus.o $(OFFLINE_ARCHIVES)
	@mkdir -p $(@D)
	$(call say,LD)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
		$(call group,$(OFFLINE_ARCHIVES)) $(OFFLINE_LIBS)

FUZZ_CFLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_SRC := $(LIB_SRC) $(OFFLINE_SRC) $(IMPORT_SRC) $(ARCHIVE_SRC) $(ANALYSIS_SRC)
.PHONY: fuzzers
fuzzers: $(FUZZERS:%=$(B)/fuzz/%_fuzz)

$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CLANG) $(filter-out -O%,$(ALL_CFLAGS)) $(FUZZ_CFLAGS) -MMD -MP \
		-c -o $@ $<

$(B)/fuzz/all.a: $(FUZZ_SRC:%.c=$(B)/fuzz/obj/%.o)
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcsD $@ $^

$(B)/fuzz/%_fuzz: $(B)/fuzz/obj/tests/fuzz/%_fuzz.o $(B)/fuzz/all.a
	$(call say,LD)
	$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $^ \
		$(OFFLINE_LIBS)

-include $(wildcard $(B)/*.d $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d \
	$(B)/fuzz/obj/*/*.d $(B)/fuzz/obj/*/*/*.d)
