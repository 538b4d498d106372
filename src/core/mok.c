/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MokNew and MokAuth, as MokManager of shim 0.9 to 16 reads them. */
#include <ventoc/bytes.h>
#include <ventoc/mem.h>
#include <ventoc/mok.h>
#include <ventoc/sha256.h>

#define GUID_BYTES        16u
#define LIST_HEADER_BYTES 28u

/* EFI_CERT_SHA256_GUID */
static const uint8_t type_sha256[GUID_BYTES] = {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
                                                0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};
/* SignatureOwner: made for ventoc. */
static const uint8_t owner[GUID_BYTES] = {0x7a, 0x31, 0xd0, 0x0e, 0x5c, 0x19, 0x42, 0x4b,
                                          0x9d, 0x28, 0x56, 0x54, 0x43, 0x6d, 0x6f, 0x6b};

void vtc_mok_request(const uint8_t image_sha256[32], const char *password,
                     struct vtc_mok_request *request)
{
    struct vtc_sha256 sha256;
    uint8_t *at = request->list;

    memcpy(at, type_sha256, GUID_BYTES);
    vtc_put_le32(at + GUID_BYTES, VTC_MOK_LIST_BYTES);
    vtc_put_le32(at + GUID_BYTES + 4, 0); /* SignatureHeaderSize */
    vtc_put_le32(at + GUID_BYTES + 8, GUID_BYTES + VTC_SHA256_BYTES);
    memcpy(at + LIST_HEADER_BYTES, owner, GUID_BYTES);
    memcpy(at + LIST_HEADER_BYTES + GUID_BYTES, image_sha256, VTC_SHA256_BYTES);
    vtc_sha256_init(&sha256);
    vtc_sha256_update(&sha256, request->list, VTC_MOK_LIST_BYTES);
    for (; *password; password++) {
        const uint8_t unit[2] = {(uint8_t)*password, 0};

        vtc_sha256_update(&sha256, unit, sizeof unit);
    }
    vtc_sha256_final(&sha256, request->auth);
}

void vtc_mok_password(const uint8_t random[VTC_MOK_PASSWORD_DIGITS],
                      char password[VTC_MOK_PASSWORD_DIGITS + 1])
{
    for (uint32_t i = 0; i < VTC_MOK_PASSWORD_DIGITS; i++)
        password[i] = (char)('0' + random[i] % 10);
    password[VTC_MOK_PASSWORD_DIGITS] = '\0';
}
