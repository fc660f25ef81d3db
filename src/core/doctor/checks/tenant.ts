import { isGuid } from '../../azure/directoryObject.ts';
import { sameText } from '../../clusters/fields.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../report.ts';

/** A cluster trusts the tenant of its subscription, which may be seen by way of another that manages it. */
export const tenant: Check = {
  id: 'tenant',
  needs: ['signedIn'],
  async look({ subscription, me, patient }) {
    const { tenant: clusterTenant, state } = await subscription();
    if (clusterTenant === undefined || !isGuid(clusterTenant)) return unknown({ what: 'unsaid' });
    const own = patient.other === undefined ? (await me())?.tenant : patient.other.tenant;
    // Of somebody who was only found in this directory it need not be said.
    const theirs = own ?? patient.cluster.caller.tenant;
    const evidence = [
      { name: 'tenant' as const, value: theirs },
      { name: 'clusterTenant' as const, value: clusterTenant },
      { name: 'subscriptionState' as const, value: state },
    ];
    return sameText(theirs, clusterTenant)
      ? pass(...evidence)
      : fail({ what: 'otherTenant', tenant: theirs, clusterTenant }, ...evidence);
  },
};
