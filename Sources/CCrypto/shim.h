// SHA-256 of files and configurations for manifests. A system library: swift-crypto would add
// minutes of BoringSSL to every clean build for this one function.
#ifndef OPTIMAL_DEPTH_CRYPTO_H
#define OPTIMAL_DEPTH_CRYPTO_H
#include <openssl/evp.h>
#include <openssl/sha.h>
#endif
