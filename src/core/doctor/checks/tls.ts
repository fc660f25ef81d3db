import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';
import type { Evidence } from '../report.ts';
import type { Handshake } from '../wire.ts';

/** Whether the servers are who they should be, by a certificate that this machine trusts. */
export const tls: Check = {
  id: 'tls',
  needs: ['tcp'],
  isOwn: true,
  async look({ handshakes }) {
    const shaken = await handshakes();
    const good = shaken.find(({ state }) => state === 'agreed');
    if (good !== undefined) return pass(...evidenceOf(good));
    const [first] = shaken.toSorted((a, b) => rank(a) - rank(b));
    if (first === undefined) return pass();
    const { host, code, state } = first;
    const evidence: Evidence[] = [{ name: 'detail', value: code }];
    if (state === 'distrusted') return fail({ what: 'certificate', host, code }, ...evidence);
    return fail({ what: state === 'silent' ? 'silent' : 'cut', host, code }, ...evidence);
  },
};

/** A certificate says more than a silence. */
function rank({ state }: Handshake): number {
  return ['distrusted', 'cut', 'silent'].indexOf(state);
}

function evidenceOf({ host, protocol, certificate }: Handshake): readonly Evidence[] {
  return [
    { name: 'server', value: host },
    ...(protocol === undefined ? [] : [{ name: 'protocol' as const, value: protocol }]),
    ...(certificate === undefined
      ? []
      : [
          { name: 'certificateName' as const, value: certificate.name },
          { name: 'certificateIssuer' as const, value: certificate.issuer },
          ...(certificate.to === undefined ? [] : [{ name: 'certificateTo' as const, at: certificate.to }]),
        ]),
  ];
}
