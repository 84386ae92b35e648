#!/usr/bin/env bash
# Enrols a member of an organisation: a key, and a certificate by the organisation's own authority that says role and
# tenants. A person (role admin, operator or auditor) can then sign in at the gateway; the password is made here and
# shown once, and the key is kept sealed with it. A service (gateway, ingest, guard) gets a folder with key and
# certificate.
#
#   enrol-member.sh --as ORGANISATION --name NAME --role ROLE --tenants TENANTS [--files]
#   enrol-member.sh --as ORGANISATION --name NAME --role ROLE --tenants TENANTS --csr FILE [--out FILE]
#   enrol-member.sh --as ORGANISATION --name NAME --renew [--role ROLE] [--tenants TENANTS]
#   enrol-member.sh --as ORGANISATION --name NAME --remove
#
#   --tenants TENANTS  whose devices, rules and rows the member may see: '*' for all, or names with commas between.
#                      Nothing of another tenant can be seen or changed, whatever the rules say
#   --files            leave a person's key and certificate in BIOT_HOME/members, too, as as.sh needs them
#   --csr FILE         only a certificate, for a key that stays with its owner: FILE is the owner's request (PKCS#10 in
#                      PEM, P-256). No password, nothing in the database: such a member signs with npm run sign. Each
#                      call issues anew; --out FILE writes the certificate there, and not to standard output
#   --renew            a new key, certificate and password; role and tenants as before, unless others are given.
#                      The old ones count at the ledger as before: revoke-member.sh --cert, if somebody else has the key
#   --remove           ends sign-in, and within ten seconds what sessions there are. For the ledger the certificates count
#                      until they end, or until revoke-member.sh puts them on the organisation's list of revoked ones
#
# What was done already is not done again. A key of one's own and the request for it, on the owner's machine:
#
#   openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes-256-cbc -out alice.key
#   openssl req -new -key alice.key -subj /CN=alice@operator -out alice.csr
#
#   scripts/consortium/enrol-member.sh --as operator --name alice --role operator --tenants acme,umbrella

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
expect_arguments 1 "$@"
exec "$checkout/node_modules/.bin/node" "$checkout/scripts/consortium/enrol-member.ts" "$@"
