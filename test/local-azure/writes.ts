import { requireAccess, type Caller } from './access.ts';
import type { ActivityLog } from './activityLog.ts';
import { armError } from './armError.ts';
import type { ArmCall } from './armRoute.ts';
import type { Faults } from './faults.ts';
import type { NewOperation, Operations } from './operations.ts';
import { findSubscription, type Organisation, type Resource } from './organisation.ts';
import type { ResourceFamily } from './resourceFamily.ts';
import type { Refusal } from './service.ts';

/** What is being written: a resource or a child of one, and the permission for that. */
export interface Target {
  readonly family: ResourceFamily;
  readonly resource: Resource;
  readonly scope: string;
  readonly permission: string;
}

/** What stands before every write, and what follows when it is accepted. */
export interface Writes {
  /** Notes in the activity log that somebody is about to do this. */
  note(call: ArmCall, target: Target): void;
  /** Rights, the subscription's state, locks, the second factor, other operations: in this order. */
  admit(call: ArmCall, target: Target): void;
  begin(
    call: ArmCall,
    target: Target,
    outcome: Pick<NewOperation, 'settle' | 'result'>,
  ): ReturnType<Operations['start']>;
}

export interface WritesOptions {
  readonly organisation: Organisation;
  readonly operations: Operations;
  readonly activityLog: ActivityLog;
  readonly faults: Faults;
  readonly secondFactorNeeded: (caller: Caller) => Refusal;
}

export function createWrites(options: WritesOptions): Writes {
  const { organisation, operations, activityLog, faults } = options;
  const note: Writes['note'] = (call, { scope, permission }) =>
    activityLog.begin(call, { action: permission, scope });
  return {
    note,
    admit(call, target) {
      const { resource, scope, permission } = target;
      note(call, target);
      requireAccess(organisation, call.caller, permission, scope);
      requireEnabled(resource);
      requireUnlocked(call, resource);
      const { isPerson, hasSecondFactor } = call.caller;
      // Workloads are exempt, and so are reads.
      if (organisation.behaviour.secondFactorOnWrite && isPerson && !hasSecondFactor) {
        throw options.secondFactorNeeded(call.caller);
      }
      operations.requireIdle(resource.id);
    },
    begin(call, { family, resource, scope }, outcome) {
      const { caller, apiVersion, correlationId } = call;
      const isNew = call.method === 'PUT' && scope !== resource.id;
      activityLog.add(correlationId, { status: 'Accepted', subStatus: isNew ? 'Created' : 'Accepted' });
      const fault = faults.take(call, ['failedOperation']);
      return operations.start({
        style: family.operations,
        subscriptionId: resource.subscriptionId,
        location: resource.location,
        apiVersion,
        resourceId: resource.id,
        failure: fault && { code: fault.code, message: fault.message },
        settle(succeeded) {
          outcome.settle(succeeded);
          resource.systemData.lastModifiedAt = new Date().toISOString();
          resource.systemData.lastModifiedBy = caller.name;
          resource.systemData.lastModifiedByType = caller.isPerson ? 'User' : 'Application';
          activityLog.add(
            correlationId,
            succeeded
              ? { status: 'Succeeded', subStatus: '' }
              : { status: 'Failed', subStatus: '', error: { code: fault?.code, message: fault?.message } },
          );
        },
        result: outcome.result,
      });
    },
  };

  function requireEnabled({ subscriptionId }: Resource): void {
    const state = findSubscription(organisation, subscriptionId)?.state;
    if (state === 'Enabled' || state === 'Warned') return;
    const message =
      `The subscription '${subscriptionId}' is disabled and therefore marked as read only. You cannot perform any ` +
      'write actions on this subscription until it is re-enabled.';
    throw armError(409, 'ReadOnlyDisabledSubscription', message);
  }

  function requireUnlocked(call: ArmCall, { id, lock }: Resource): void {
    const isDelete = call.method === 'DELETE';
    if (lock !== 'ReadOnly' && !(lock === 'CanNotDelete' && isDelete)) return;
    const message =
      `The scope '${id}' cannot perform ${isDelete ? 'delete' : 'write'} operation because following scope(s) are ` +
      `locked: '${id}'. Please remove the lock and try again.`;
    throw armError(409, 'ScopeLocked', message);
  }
}
