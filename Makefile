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
	@echo 'make coverage which lines the tests run, by gcov (CLI=0: without tests/cli, a minute instead of ten)'
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

HOST_PKGS := blkid fdisk libparted libparted-fs-resize zlib uuid
HOST_LIBS  = $(shell $(PKG_CONFIG) --libs $(HOST_PKGS) 2>/dev/null)
HOST_INC   = $(shell $(PKG_CONFIG) --cflags $(HOST_PKGS) 2>/dev/null)

# ---- host program ----------------------------------------------------------------------------

CORE_SRC := $(sort $(wildcard src/core/*.c))
HOST_SRC := $(sort $(wildcard src/host/*.c))
CLI_SRC  := $(sort $(wildcard src/cli/*.c))

CORE_OBJ := $(CORE_SRC:%.c=$(O)/obj/%.o)
HOST_OBJ := $(HOST_SRC:%.c=$(O)/obj/%.o)
CLI_OBJ  := $(CLI_SRC:%.c=$(O)/obj/%.o)
INIT_OBJ := $(patsubst %.c,$(O)/obj/%.o,$(filter-out %/main.c,$(sort $(wildcard grub-payload/linux/*.c))))

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

# The guest's init without its main(), for the unit tests.
$(O)/obj/grub-payload/linux/%.o: grub-payload/linux/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(O)/libvtclinux.a: $(INIT_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@; $(AR) rcsD $@ $^

$(O)/ventoc: $(CLI_OBJ) $(O)/libvtchost.a $(O)/libvtccore.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(HOST_LIBS)

# ---- unit tests and fuzz replay --------------------------------------------------------------
# tests/unit/test_X.c is one cmocka program; tests/fuzz/fuzz_X.c is one libFuzzer target that,
# linked with replay_main.c, replays the files of tests/fuzz/corpus/X. Those named fuzz_host_X need
# the host's libraries, all others build wherever the core does ("fuzz-core-bins": for 32 bit).

UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(O)/unit/%)
UNIT_AUX := $(sort $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c)))
UNIT_AUX_OBJ := $(UNIT_AUX:%.c=$(O)/obj/%.o)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(O)/fuzz/%)
FUZZ_HOST_BIN := $(filter $(O)/fuzz/fuzz_host_%,$(FUZZ_BIN))
TEST_OBJ := $(UNIT_SRC:%.c=$(O)/obj/%.o) $(FUZZ_SRC:%.c=$(O)/obj/%.o) $(O)/obj/tests/fuzz/replay_main.o

$(O)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(HOST_INC) -Isrc -DVTC_VERSION='"$(VERSION)"' $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(UNIT_BIN): $(O)/unit/%: $(O)/obj/tests/unit/%.o $(UNIT_AUX_OBJ) $(O)/libvtclinux.a $(O)/libvtchost.a $(O)/libvtccore.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -Wl,--as-needed $(HOST_LIBS) -lcmocka

$(FUZZ_BIN): $(O)/fuzz/%: $(O)/obj/tests/fuzz/%.o $(O)/obj/tests/fuzz/replay_main.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(FUZZ_LIBS)
$(filter-out $(FUZZ_HOST_BIN),$(FUZZ_BIN)): $(O)/libvtclinux.a $(O)/libvtccore.a
$(FUZZ_HOST_BIN): FUZZ_LIBS = -Wl,--as-needed $(HOST_LIBS)
$(FUZZ_HOST_BIN): $(O)/libvtchost.a $(O)/libvtccore.a

.PHONY: unit-bins fuzz-bins fuzz-core-bins
unit-bins: $(UNIT_BIN)
fuzz-bins: $(FUZZ_BIN)
fuzz-core-bins: $(filter-out $(FUZZ_HOST_BIN),$(FUZZ_BIN))

# ---- GRUB module -----------------------------------------------------------------------------
# One module, compiled three times against the headers of exactly the installed GRUB. The flags
# are GRUB's own for the platform: they are its ABI.

GRUB_LIB       ?= /usr/lib/grub
GRUB_PLATFORMS := x86_64-efi i386-efi i386-pc
GRUB_CC        ?= gcc
GRUB_CC_INC    := $(shell $(GRUB_CC) -print-file-name=include)

MODULE_SRC_COMMON := main reader stick tree menu boot file_extents raw_file ntfs_file probe \
    image_disk grub_mode exfat_scan linux linux_maps settings file
MODULE_SRC_efi    := efi_vdisk efi_start efi_boot efi_secure efi_guard efi_file \
    efi_refused efi_enrol efi_kernel efi_lockdown
MODULE_SRC_pc     := pc_slot pc_bios pc_chunk pc_resident pc_start pc_boot int13_blob
MODULE_DEPS_efi   := normal boot
MODULE_DEPS_pc    := normal relocator mmap boot video

GRUB_CFLAGS_COMMON := -std=gnu99 -Os -freg-struct-return -mno-mmx -mno-sse -mno-sse2 -mno-sse3 \
    -mno-3dnow -msoft-float -fno-dwarf2-cfi-asm -fno-asynchronous-unwind-tables -fno-unwind-tables \
    -fno-ident -fno-PIE -fno-pie -fno-stack-protector -ffreestanding -Wall -Wextra -Werror -Wno-maybe-uninitialized \
    -ffile-prefix-map=$(CURDIR)=. -nostdinc -isystem $(GRUB_CC_INC)
GRUB_CFLAGS_x86_64-efi := -m64 -mno-stack-arg-probe -mcmodel=large -mno-red-zone \
    -DGRUB_MACHINE_EFI=1 -DGRUB_MACHINE=X86_64_EFI
GRUB_CFLAGS_i386-efi   := -m32 -march=i386 -falign-functions=1 -falign-jumps=1 -falign-loops=1 \
    -mno-stack-arg-probe -DGRUB_MACHINE_EFI=1 -DGRUB_MACHINE=I386_EFI
GRUB_CFLAGS_i386-pc    := -m32 -march=i386 -mrtd -mregparm=3 -falign-functions=1 \
    -falign-jumps=1 -falign-loops=1 -DGRUB_MACHINE_PCBIOS=1 -DGRUB_MACHINE=I386_PC
GRUB_LDFLAGS_x86_64-efi := -m64 -Wl,-melf_x86_64
GRUB_LDFLAGS_i386-efi   := -m32 -Wl,-melf_i386
GRUB_LDFLAGS_i386-pc    := -m32 -Wl,-melf_i386
GRUB_CPU_x86_64-efi := x86_64
GRUB_CPU_i386-efi   := i386
GRUB_CPU_i386-pc    := i386
GRUB_MACH_x86_64-efi := x86_64/efi
GRUB_MACH_i386-efi   := i386/efi
GRUB_MACH_i386-pc    := i386/pc

$(O)/grub/version: $(wildcard $(foreach p,$(GRUB_PLATFORMS),$(GRUB_LIB)/$p/modinfo.sh)) scripts/grub-headers
	$(call say,HEADERS,$(O)/grub)
	$(Q)scripts/grub-headers $(O)/grub
	$(Q)touch $@

# module_rules PLATFORM SOURCES
define module_rules
MODULE_OBJ_$(1) := $$(addprefix $$(O)/grub/$(1)/,$$(addsuffix .o,$(2)) $$(notdir $$(CORE_SRC:.c=.o)))

$$(O)/grub/$(1)/private/config.h: $$(O)/grub/version scripts/grub-private-headers
	$$(Q)scripts/grub-private-headers $$(O)/grub $$(O)/grub/$(1)/private $$(GRUB_CPU_$(1)) $$(GRUB_MACH_$(1))

$$(O)/grub/$(1)/%.o: grub-payload/module/%.c $$(O)/grub/$(1)/private/config.h
	$$(call say,CC[$(1)],$$<)
	$$(Q)$$(GRUB_CC) $$(GRUB_CFLAGS_COMMON) $$(GRUB_CFLAGS_$(1)) -DGRUB_FILE='"$$(notdir $$<)"' \
	    -include $$(O)/grub/$(1)/private/config.h -I$$(O)/grub/$(1)/private -I$$(O)/grub/include -Iinclude \
	    -MMD -MP -c -o $$@ $$<

$$(O)/grub/$(1)/%.o: src/core/%.c $$(O)/grub/$(1)/private/config.h
	$$(call say,CC[$(1)],$$<)
	$$(Q)$$(GRUB_CC) $$(GRUB_CFLAGS_COMMON) $$(GRUB_CFLAGS_$(1)) -Iinclude -MMD -MP -c -o $$@ $$<

$$(O)/grub/$(1)/ventoc.mod: $$(MODULE_OBJ_$(1))
	$$(call say,MOD[$(1)],$$@)
	$$(Q)$$(GRUB_CC) $$(GRUB_LDFLAGS_$(1)) -no-pie -Wl,--build-id=none -nostdlib -Wl,-N -Wl,-r,-d -o $$@.tmp $$^
	$$(Q)scripts/grub-module-finish $$@.tmp $$@ ventoc $$(MODULE_DEPS_$$(lastword $$(subst -, ,$(1))))

-include $$(MODULE_OBJ_$(1):.o=.d)
endef
$(eval $(call module_rules,x86_64-efi,$(MODULE_SRC_COMMON) $(MODULE_SRC_efi)))
$(eval $(call module_rules,i386-efi,$(MODULE_SRC_COMMON) $(MODULE_SRC_efi)))
$(eval $(call module_rules,i386-pc,$(MODULE_SRC_COMMON) $(MODULE_SRC_pc)))

# The resident int 13h handler: real-mode code, linked at offset 0 of its own segment.
INT13_CFLAGS := -m16 -march=i386 -mregparm=3 -Os -std=gnu99 -ffreestanding -fno-pic -fno-pie \
    -fno-stack-protector -fno-asynchronous-unwind-tables -fno-ident -fcf-protection=none \
    -Wall -Wextra -Werror -nostdinc -isystem $(GRUB_CC_INC)
INT13_DIR := grub-payload/module/int13

$(O)/grub/int13/%.o: $(INT13_DIR)/%.c
	@mkdir -p $(@D)
	$(call say,CC[real],$<)
	$(Q)$(GRUB_CC) $(INT13_CFLAGS) -Iinclude -MMD -MP -c -o $@ $<

$(O)/grub/int13/%.o: $(INT13_DIR)/%.S
	@mkdir -p $(@D)
	$(call say,AS[real],$<)
	$(Q)$(GRUB_CC) -m32 -MMD -MP -c -o $@ $<

$(O)/grub/int13/int13.bin: $(O)/grub/int13/entry.o $(O)/grub/int13/handler.o $(INT13_DIR)/handler.ld
	$(call say,LD[real],$@)
	$(Q)ld -m elf_i386 --no-warn-rwx-segments -T $(INT13_DIR)/handler.ld -o $(@:.bin=.elf) $(filter %.o,$^)
	$(Q)objcopy -O binary $(@:.bin=.elf) $@

$(O)/grub/i386-pc/int13_blob.o: grub-payload/module/int13_blob.S $(O)/grub/int13/int13.bin
	@mkdir -p $(@D)
	$(call say,AS[i386-pc],$<)
	$(Q)$(GRUB_CC) -m32 -Wa,-I$(O)/grub/int13 -c -o $@ $<

-include $(O)/grub/int13/entry.d $(O)/grub/int13/handler.d

# ---- Linux init ------------------------------------------------------------------------------
# The static program in a guest's initramfs, for both widths, against musl and nothing of this
# machine but the compiler and its libgcc.

LINUX_SRC  := $(sort $(wildcard grub-payload/linux/*.c))
LINUX_CORE := crc32 extents handoff record
LINUX_CFLAGS := -std=gnu11 -Os -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror \
    -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -ffunction-sections -fdata-sections -fno-pie \
    -fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables -fomit-frame-pointer \
    -fcf-protection=none -fno-ident -ffile-prefix-map=$(CURDIR)=. -nostdinc
LINUX_CFLAGS_64 := -m64
LINUX_CFLAGS_32 := -m32 -march=i586
LINUX_LDFLAGS := -nostdlib -static -no-pie -s -Wl,--gc-sections -Wl,--build-id=none \
    -Wl,-z,norelro -Wl,-z,noseparate-code

$(O)/musl/version: scripts/musl
	$(call say,HEADERS,$(O)/musl)
	$(Q)scripts/musl $(O)/musl
	$(Q)touch $@

# linux_rules WIDTH
define linux_rules
LINUX_OBJ_$(1) := $$(LINUX_SRC:grub-payload/linux/%.c=$$(O)/linux/$(1)/%.o) \
    $$(LINUX_CORE:%=$$(O)/linux/$(1)/core/%.o)
LINUX_CC_$(1) = $$(Q)mkdir -p $$(@D) && $$(GRUB_CC) $$(LINUX_CFLAGS) $$(LINUX_CFLAGS_$(1)) \
    -isystem $$(O)/musl/$(1)/include -isystem $$(O)/musl/linux -Iinclude -MMD -MP -c -o $$@ $$<

$$(O)/linux/$(1)/%.o: grub-payload/linux/%.c $$(O)/musl/version
	$$(call say,CC[init$(1)],$$<)
	$$(LINUX_CC_$(1))

$$(O)/linux/$(1)/core/%.o: src/core/%.c $$(O)/musl/version
	$$(call say,CC[init$(1)],$$<)
	$$(LINUX_CC_$(1))

$$(O)/linux/init$(1): $$(LINUX_OBJ_$(1))
	$$(call say,LD,$$@)
	$$(Q)$$(GRUB_CC) $$(LINUX_CFLAGS_$(1)) $$(LINUX_LDFLAGS) -o $$@ $$(O)/musl/$(1)/lib/crt1.o \
	    $$(O)/musl/$(1)/lib/crti.o $$^ $$(O)/musl/$(1)/lib/libc.a -lgcc $$(O)/musl/$(1)/lib/crtn.o

-include $$(LINUX_OBJ_$(1):.o=.d)
endef
$(eval $(call linux_rules,64))
$(eval $(call linux_rules,32))

# ---- payload ---------------------------------------------------------------------------------

SHIM_LIB    ?= /usr/lib/shim
PAYLOAD_SRC := $(sort $(wildcard grub-payload/menu/* $(SHIM_LIB)/*.efi*))

payload: $(O)/payload/manifest

$(O)/payload/manifest: $(foreach p,$(GRUB_PLATFORMS),$(O)/grub/$p/ventoc.mod) $(PAYLOAD_SRC) $(O)/linux/init64 $(O)/linux/init32 scripts/payload scripts/shim scripts/shim32 scripts/sbat-revoked
	$(call say,PAYLOAD,$(O)/payload)
	$(Q)scripts/payload $(O) $(VERSION) $(GRUB_LIB) $(SHIM_LIB)

# ---- entry points ----------------------------------------------------------------------------

deps:
	$(Q)scripts/deps build test demo

check:
	$(Q)scripts/deps build test
	$(Q)scripts/check

demo:
	$(Q)scripts/deps build demo
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) O=$(O) all
	$(Q)scripts/demo $(O)

bench:
	$(Q)scripts/deps build test
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) O=$(O) all
	$(Q)scripts/bench $(O)

fuzz:
	$(Q)scripts/fuzz $(O) $(or $(TIME),60)

coverage:
	$(Q)scripts/deps build test
	$(Q)scripts/coverage $(O)/cov $(if $(filter 0,$(CLI)),,--cli)

install: all
	$(INSTALL) -D -m 755 $(O)/ventoc $(DESTDIR)$(PREFIX)/sbin/ventoc
	$(INSTALL) -d $(DESTDIR)$(PREFIX)/share/ventoc
	$(INSTALL) -m 644 $(O)/payload/* $(DESTDIR)$(PREFIX)/share/ventoc/

clean:
	rm -rf $(O)

-include $(CORE_OBJ:.o=.d) $(INIT_OBJ:.o=.d) $(HOST_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(TEST_OBJ:.o=.d) $(UNIT_AUX_OBJ:.o=.d)
