import { codesOf, needs, passes, unsaid } from '../outlook.ts';
import type { Outlook } from '../outlook.ts';
import { namesPrivateOnly } from '../privateAddresses.ts';

/** What a connection fails of, before anybody answers. */
export const networkOutlooks = {
  noAddress: { waits: 'unknown', who: 'owner' },
  dns: needs('you'),
  resolver: { waits: 'helps', who: 'you' },
  timeout: { waits: 'unknown', who: 'you', help: 'addMyIp' },
  privateTimeout: needs('you'),
  refused: { waits: 'unknown', who: 'owner', help: 'portal' },
  noRoute: needs('you'),
  tls: needs('administrator'),
  certificateOver: needs('owner'),
  certificateName: needs('you'),
  notTls: needs('you'),
  cut: passes,
  other: unsaid,
} as const satisfies Readonly<Record<string, Outlook>>;

export type NetworkMeaning = keyof typeof networkOutlooks;

const codes = codesOf<NetworkMeaning>({
  dns: 'ENOTFOUND ENODATA NXDOMAIN',
  resolver: 'EAI_AGAIN ESERVFAIL ETIMEOUT EREFUSED',
  timeout: 'ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT WSAETIMEDOUT',
  refused: 'ECONNREFUSED WSAECONNREFUSED',
  noRoute: 'EHOSTUNREACH ENETUNREACH ENETDOWN EADDRNOTAVAIL',
  cut: 'ECONNRESET EPIPE ECONNABORTED UND_ERR_SOCKET WSAECONNRESET',
  tls: 'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY CERT_UNTRUSTED CERT_SIGNATURE_FAILURE CERT_REVOKED CERT_REJECTED INVALID_CA',
  certificateOver: 'CERT_HAS_EXPIRED CERT_NOT_YET_VALID',
  certificateName: 'ERR_TLS_CERT_ALTNAME_INVALID HOSTNAME_MISMATCH',
  notTls: 'EPROTO ERR_SSL_WRONG_VERSION_NUMBER ERR_SSL_UNSUPPORTED_PROTOCOL ERR_SSL_NO_PROTOCOLS_AVAILABLE',
});

/** What programs that are not Node.js say for the same. */
const sayings: readonly (readonly [string, RegExp])[] = [
  [
    'ENOTFOUND',
    /could not translate host name|Name or service not known|nodename nor servname|No such host is known|no such host|getaddrinfo failed|DNS query name does not exist/i,
  ],
  ['EAI_AGAIN', /Temporary failure in name resolution/i],
  ['ECONNREFUSED', /Connection refused|actively refused it/i],
  ['ETIMEDOUT', /(?:Connection|Operation) timed out|connect(?:ion)? timeout expired|i\/o timeout/i],
  ['ECONNRESET', /Connection reset by peer|forcibly closed by the remote host|server closed the connection/i],
  ['CERT_HAS_EXPIRED', /certificate has expired/i],
  [
    'SELF_SIGNED_CERT_IN_CHAIN',
    /self[- ]signed certificate|unable to (?:get|verify)(?: local)? (?:issuer|the first) certificate|certificate signed by unknown authority|PKIX path building failed/i,
  ],
  [
    'HOSTNAME_MISMATCH',
    /hostname mismatch|does not match certificate's altnames|certificate is not valid for/i,
  ],
];

/** `text`: in which the code is, and perhaps the address that it is about. */
export function networkMeaning(code: string, text = ''): NetworkMeaning {
  const meaning = codes.get(code) ?? (/CERT|SSL|TLS/.test(code) ? 'tls' : 'other');
  return meaning === 'timeout' && namesPrivateOnly(text) ? 'privateTimeout' : meaning;
}

export const networkLink = 'https://learn.microsoft.com/azure/documentdb/troubleshoot-common-issues';

export function networkCodes(text: string): readonly string[] {
  const found = [...text.matchAll(/(?<![\w])[A-Z][A-Z_]{3,40}(?![\w])/g)]
    .map(([code]) => code)
    .filter((code) => codes.has(code));
  for (const [code, pattern] of sayings) {
    const meaning = codes.get(code);
    if (pattern.test(text) && !found.some((one) => codes.get(one) === meaning)) found.push(code);
  }
  return found;
}
