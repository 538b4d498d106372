/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "helper.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices.h"
#include "disks.h"
#include "original.h"
#include "say.h"
#include "settle.h"
#include "text.h"
#include "uevent.h"

/* A file system of our own that has no place in the tree any more: only its descriptor leads there,
 * and it goes with this process. -1 when there is no such file system. */
static int hidden_mount(const char *type)
{
    static const char path[] = "/ventoc/mount";
    int fd = -1;

    mkdir(path, 0700);
    if (!mount("ventoc", path, type, 0, NULL)) {
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        umount2(path, MNT_DETACH);
    }
    rmdir(path);
    return fd;
}

/* The guest's own mounts of these come later, or not at all. */
static void set_up(struct vtc_sys *sys)
{
    setsid();
    if (!unshare(CLONE_NEWNS))
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    mkdir("/ventoc", 0700);
    sys->image_fd = -1;
    sys->any_disk = 0;
    sys->node_fd = hidden_mount("tmpfs");
    if (sys->node_fd < 0)
        sys->node_fd = hidden_mount("ramfs");
    sys->dev_fd = hidden_mount("devtmpfs");
    if (sys->node_fd < 0)
        sys->node_fd = sys->dev_fd;
    sys->sysfs_fd = hidden_mount("sysfs");
    sys->proc_fd = hidden_mount("proc");
    vtc_original_clean("");
}

/* The guest's terminal is its own. */
static void leave_console(const struct vtc_sys *sys)
{
    int fd = vtc_sys_open(sys, S_IFCHR, 1, 3, O_RDWR), i;

    for (i = 0; i < 3; i++) {
        if (fd >= 0)
            dup2(fd, i);
        else
            close(i);
    }
    if (fd > 2)
        close(fd);
}

static void add_size(struct vtc_text *t, const struct vtc_disk *d)
{
    vtc_text_add(t, d->name);
    vtc_text_add(t, " (");
    vtc_text_add(t, d->model);
    vtc_text_add(t, d->model[0] ? ", " : "");
    vtc_text_dec(t, d->bytes / 1000000);
    vtc_text_add(t, " MB)");
}

/* The disks in this state, "sda (Maker Model, 8000 MB), sdb ..."; returns how many. */
static unsigned list(struct vtc_text *t, const struct vtc_disks *disks, enum vtc_disks_state state)
{
    unsigned i, n = 0;

    vtc_text_start(t);
    for (i = 0; i < disks->count; i++) {
        if (disks->v[i].state != state)
            continue;
        vtc_text_add(t, n++ ? ", " : "");
        add_size(t, &disks->v[i]);
    }
    return n;
}

static void report_none(const struct vtc_sys *sys, const struct vtc_handoff *h,
                        const struct vtc_disks *disks)
{
    struct vtc_text t, uuid, count;

    vtc_text_start(&uuid);
    vtc_text_hex(&uuid, h->stick_uuid, sizeof h->stick_uuid);
    vtc_text_start(&count);
    vtc_text_dec(&count, disks->count);
    if (list(&t, disks, VTC_DISKS_STALE))
        vtc_say(sys, VTC_SAY_WARNING, "the stick is ", t.s,
                ", but the chosen file is not where the boot menu saw it", NULL);
    else if (list(&t, disks, VTC_DISKS_ERROR))
        vtc_say(sys, VTC_SAY_WARNING, "cannot read ", t.s, "; waiting for stick ", uuid.s, NULL);
    else
        vtc_say(sys, VTC_SAY_WARNING, "waiting for stick ", uuid.s, "; it is none of the ", count.s,
                " disks this system has drivers for", NULL);
}

static struct vtc_disk *first_match(struct vtc_disks *disks)
{
    unsigned i;

    for (i = 0; i < disks->count; i++)
        if (disks->v[i].state == VTC_DISKS_MATCH)
            return &disks->v[i];
    return NULL;
}

struct watch {
    const struct vtc_sys *sys;
    const struct vtc_handoff *h;
    int uevent_fd;
    struct vtc_disks *disks;
    struct vtc_settle settle;
    unsigned told; /* how many sticks there were when it was last said that there are several */
};

/* Until the one stick is there. NULL: it does not come. */
static struct vtc_disk *wait_for_stick(struct watch *w)
{
    struct vtc_disks *disks = w->disks;
    struct vtc_text t;
    enum vtc_settle_state state;
    unsigned wait_ms = 0;
    uint64_t now_ms;

    for (;;) {
        vtc_disks_look(disks, w->sys, w->h, vtc_sys_now_ms());
        vtc_settle_seen(&w->settle, vtc_sys_now_ms(), disks->matches, disks->appeared != 0);
        state = vtc_settle_next(&w->settle, vtc_sys_now_ms(), &wait_ms);
        if (state == VTC_SETTLE_GO)
            return first_match(disks);
        if (state == VTC_SETTLE_END)
            return NULL;
        if (state == VTC_SETTLE_SEVERAL && disks->matches != w->told) {
            w->told = disks->matches; /* once for each number of them */
            list(&t, disks, VTC_DISKS_MATCH);
            vtc_say(w->sys, VTC_SAY_WARNING, "more than one disk is the stick: ", t.s,
                    "; pull out all but one", NULL);
        }
        if (vtc_settle_report(&w->settle, vtc_sys_now_ms()))
            report_none(w->sys, w->h, disks);
        now_ms = vtc_sys_now_ms();
        if (disks->retry_ms < now_ms + wait_ms)
            wait_ms = disks->retry_ms > now_ms ? (unsigned)(disks->retry_ms - now_ms) : 0;
        vtc_uevent_wait(w->uevent_fd, wait_ms);
    }
}

int vtc_helper_watch(const struct vtc_sys *sys, const struct vtc_handoff *h, int uevent_fd)
{
    struct watch w = {.sys = sys, .h = h, .uevent_fd = uevent_fd, .told = 1};
    struct vtc_disk *disk;
    struct vtc_text t;
    int missing;

    w.disks = vtc_sys_take(sizeof *w.disks);
    if (!w.disks)
        return -1;
    vtc_settle_start(&w.settle, vtc_sys_now_ms());
    while ((disk = wait_for_stick(&w)) != NULL) {
        vtc_text_start(&t);
        add_size(&t, disk);
        vtc_say(sys, VTC_SAY_INFO, "the stick is ", t.s, NULL);
        missing = vtc_devices_make(sys, h, disk);
        if (missing >= 0)
            return missing != 0;
        vtc_say(sys, VTC_SAY_WARNING, disk->name, " is not the stick any more", NULL);
        disk->tries = 0; /* look at what has its name now, and be certain of it again */
        vtc_settle_seen(&w.settle, vtc_sys_now_ms(), 0, 1);
    }
    vtc_say(sys, VTC_SAY_WARNING, "the stick did not come; not waiting any longer", NULL);
    return -1;
}

void vtc_helper_run(const struct vtc_handoff *h)
{
    struct vtc_sys sys;
    int fd;

    set_up(&sys);
    leave_console(&sys);
    if (sys.sysfs_fd < 0) {
        vtc_say(&sys, VTC_SAY_WARNING, "no sysfs: the stick cannot be found", NULL);
        _exit(1);
    }
    fd = vtc_uevent_open();
    _exit(vtc_helper_watch(&sys, h, fd) != 0);
}
