# SPDX-License-Identifier: GPL-3.0-or-later
# ventoc: one non-recursive makefile. "make help" lists the targets; V=1 shows the commands;
# O=dir builds elsewhere; CC=clang, SAN=1 (ASan+UBSan), WERROR=1 as in CI.

VERSION    := 0.1.0
O          ?= build
PREFIX     ?= /usr/local
DESTDIR    ?=
V          ?= 0
WERROR     ?= 0
SAN        ?= 0
CC         ?= cc
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
SOURCE_DATE_EPOCH ?= 1767225600
export SOURCE_DATE_EPOCH

ifeq ($(V),0)
Q   := @
say = @printf '  %-8s %s\n' $(1) $(2);
else
Q   :=
say =
endif

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: all help payload check demo bench fuzz install clean deps coverage FORCE

all: $(O)/ventoc payload

help:
	@echo 'make demo     install what is missing, build, make a stick image, boot a real ISO from it'
	@echo 'make check    install what is missing, run all tests'
	@echo 'make          the program ($(O)/ventoc) and the payload ($(O)/payload)'
	@echo 'make bench    counts and ratios: installs, upgrades, power-on to menu'
	@echo 'make fuzz     libFuzzer on every parser, TIME=seconds each (default 60)'
	@echo 'make install  to DESTDIR$(PREFIX)'
	@echo 'make clean    remove $(O)'

# ---- flags -----------------------------------------------------------------------------------

CPPFLAGS_ALL := -Iinclude -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64
CFLAGS       ?= -O2 -g
CFLAGS_ALL   := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes $(CFLAGS)
ifneq ($(WERROR),0)
CFLAGS_ALL += -Werror
endif
ifneq ($(SAN),0)
CFLAGS_ALL += -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

HOST_PKGS := blkid fdisk libparted zlib uuid
HOST_LIBS  = $(shell $(PKG_CONFIG) --libs $(HOST_PKGS) 2>/dev/null)
HOST_INC   = $(shell $(PKG_CONFIG) --cflags $(HOST_PKGS) 2>/dev/null)

# ---- host program ----------------------------------------------------------------------------

CORE_SRC := $(sort $(wildcard src/core/*.c))
HOST_SRC := $(sort $(wildcard src/host/*.c))
CLI_SRC  := $(sort $(wildcard src/cli/*.c))

CORE_OBJ := $(CORE_SRC:%.c=$(O)/obj/%.o)
HOST_OBJ := $(HOST_SRC:%.c=$(O)/obj/%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(O)/obj/%.o)

# The core sees nothing but include/ and the compiler's own freestanding headers.
CORE_CFLAGS := -std=gnu11 -ffreestanding -Wall -Wextra -Wshadow -Wstrict-prototypes \
               -Wmissing-prototypes -Iinclude

$(O)/obj/src/core/%.o: src/core/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CORE_CFLAGS) $(filter-out -W% -std=%,$(CFLAGS_ALL)) $(filter -Werror,$(CFLAGS_ALL)) -MMD -MP -c -o $@ $<

$(O)/obj/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(HOST_INC) -Isrc -DVTC_VERSION='"$(VERSION)"' -DVTC_PREFIX='"$(PREFIX)"' $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(O)/libvtccore.a: $(CORE_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcsD $@ $^

$(O)/libvtchost.a: $(HOST_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcsD $@ $^

$(O)/ventoc: $(CLI_OBJ) $(O)/libvtchost.a $(O)/libvtccore.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

# ---- unit tests and fuzz replay --------------------------------------------------------------
# tests/unit/test_X.c is one cmocka program; tests/fuzz/fuzz_X.c is one libFuzzer target that,
# linked with replay_main.c, replays the files of tests/fuzz/corpus/X.

UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(O)/unit/%)
UNIT_AUX := $(sort $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c)))
UNIT_AUX_OBJ := $(UNIT_AUX:%.c=$(O)/obj/%.o)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(O)/fuzz/%)
TEST_OBJ := $(UNIT_SRC:%.c=$(O)/obj/%.o) $(FUZZ_SRC:%.c=$(O)/obj/%.o) $(O)/obj/tests/fuzz/replay_main.o

$(O)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(HOST_INC) -Isrc -DVTC_VERSION='"$(VERSION)"' $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(UNIT_BIN): $(O)/unit/%: $(O)/obj/tests/unit/%.o $(UNIT_AUX_OBJ) $(O)/libvtchost.a $(O)/libvtccore.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(HOST_LIBS) -lcmocka

$(FUZZ_BIN): $(O)/fuzz/%: $(O)/obj/tests/fuzz/%.o $(O)/obj/tests/fuzz/replay_main.o $(O)/libvtccore.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^

.PHONY: unit-bins fuzz-bins
unit-bins: $(UNIT_BIN)
fuzz-bins: $(FUZZ_BIN)

# ---- GRUB module and payload -----------------------------------------------------------------

payload: $(O)/payload/manifest

-include grub-payload/payload.mk

# ---- entry points ----------------------------------------------------------------------------

deps:
	$(Q)scripts/deps build test demo

check:
	$(Q)scripts/deps build test
	$(Q)scripts/check

demo:
	$(Q)scripts/deps build demo
	$(Q)$(MAKE) --no-print-directory O=$(O) all
	$(Q)scripts/demo $(O)

bench:
	$(Q)scripts/deps build test
	$(Q)$(MAKE) --no-print-directory O=$(O) all
	$(Q)scripts/bench $(O)

fuzz:
	$(Q)scripts/fuzz $(O) $(or $(TIME),60)

install: all
	$(INSTALL) -D -m 755 $(O)/ventoc $(DESTDIR)$(PREFIX)/sbin/ventoc
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/ventoc
	$(INSTALL) -m 644 $(wildcard $(O)/payload/*) $(O)/payload/manifest $(DESTDIR)$(PREFIX)/share/ventoc/

clean:
	rm -rf $(O)

-include $(CORE_OBJ:.o=.d) $(HOST_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(UNIT_AUX_OBJ:.o=.d)
