import { standingInDirectory } from '../../azure/graph.ts';
import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../report.ts';

/** A service whose tokens a tenant gives only once somebody there has let its application in. */
export const servicePrincipal: Check = {
  id: 'servicePrincipal',
  needs: ['signedIn'],
  async look({ kind, patient, door, token, signal }) {
    const appId = kind.application ?? '';
    const evidence = { name: 'application' as const, value: appId };
    // A token is the best proof: for an application that is not there, or may not, there is none.
    const refusal = await token().then(
      () => undefined,
      (error: unknown) => Failure.from(error).data,
    );
    if (refusal === undefined) return pass(evidence);
    if (refusal.code === 'signInRefused') {
      if (missing.includes(refusal.aadsts)) return fail({ what: 'appMissing', appId }, evidence);
      if (disabled.includes(refusal.aadsts)) return fail({ what: 'appDisabled', appId }, evidence);
    }
    const { caller } = patient.cluster;
    const standing = await standingInDirectory(door, caller, 'servicePrincipal', { appId }, signal);
    switch (standing) {
      case 'enabled':
        return pass(evidence);
      case 'disabled':
        return fail({ what: 'appDisabled', appId }, evidence);
      case 'missing':
        return fail({ what: 'appMissing', appId }, evidence);
      case 'unsaid':
        return unknown({ what: 'unsaid' }, evidence);
    }
  },
};

const missing: readonly number[] = [500011, 650052];
const disabled: readonly number[] = [7000112, 500014];
