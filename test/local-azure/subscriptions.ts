import { accessOf, forbidden, isWithin, requireAccess } from './access.ts';
import { isSeenFrom, type Organisation, type Subscription } from './organisation.ts';
import { regionName } from './regions.ts';
import { page } from './paging.ts';
import { envelope } from './resourceFamily.ts';
import { armRoute, type ArmCall, type ArmRoute } from './armRoute.ts';
import { armError } from './armError.ts';
import type { Reply } from './service.ts';

const apiVersions = [
  '2016-06-01',
  '2019-10-01',
  '2020-01-01',
  '2021-01-01',
  '2021-04-01',
  '2022-12-01',
  '2025-03-01',
  '2025-04-01',
];

/** Tenants, subscriptions and what lies in them, whatever its type. */
export function subscriptionRoutes(organisation: Organisation, origin: () => string): readonly ArmRoute[] {
  const paged = (call: ArmCall, entries: readonly unknown[]): Reply => ({
    status: 200,
    body: page(call, origin(), entries, organisation.behaviour.pageSize),
  });
  const scopeOf = (call: ArmCall) => `/subscriptions/${call.params['subscription']}`;

  const at = '/subscriptions/{subscription}';
  return [
    armRoute(apiVersions, 'GET', '/tenants', tenants),
    armRoute(apiVersions, 'GET', '/subscriptions', list),
    armRoute(apiVersions, 'GET', at, get),
    armRoute(apiVersions, 'GET', `${at}/locations`, locations),
    armRoute(apiVersions, 'GET', `${at}/resourceGroups`, resourceGroups),
    armRoute(apiVersions, 'GET', `${at}/resources`, resources),
  ];

  function tenants(call: ArmCall): Reply {
    const account = organisation.directory.find((one) => one.id === call.caller.id);
    const home = account?.type === 'user' ? (account.home?.id ?? account.id) : account?.id;
    const ids = new Set(
      organisation.directory
        .filter((one) => one.id === home || (one.type === 'user' && one.home?.id === home))
        .map((one) => one.tenantId),
    );
    const found = organisation.tenants
      .filter((tenant) => ids.has(tenant.id))
      .map(({ id, displayName, domains, countryCode }) => ({
        id: `/tenants/${id}`,
        tenantId: id,
        countryCode,
        displayName,
        domains,
        tenantCategory: 'Home',
        defaultDomain: domains[0] ?? '',
        tenantType: 'AAD',
      }));
    return paged(call, found);
  }

  function list(call: ArmCall): Reply {
    const access = accessOf(organisation, call.caller);
    const found = organisation.subscriptions.filter(
      (one) => isSeenFrom(one, call.caller.tenantId) && access.seesIn(`/subscriptions/${one.subscriptionId}`),
    );
    return paged(call, found.map(show));
  }

  function get(call: ArmCall): Reply {
    const found = organisation.subscriptions.find(
      (one) => one.subscriptionId === call.params['subscription'],
    );
    if (!found) throw armError(404, 'SubscriptionNotFound', 'The subscription could not be found.');
    if (!accessOf(organisation, call.caller).seesIn(scopeOf(call))) {
      throw forbidden(call.caller, 'Microsoft.Resources/subscriptions/read', scopeOf(call));
    }
    return { status: 200, body: show(found) };
  }

  function locations(call: ArmCall): Reply {
    requireAccess(
      organisation,
      call.caller,
      'Microsoft.Resources/subscriptions/locations/read',
      scopeOf(call),
    );
    const names = [...new Set(organisation.resources.map((resource) => resource.location))];
    const value = names.map((name) => ({
      id: `${scopeOf(call)}/locations/${name}`,
      name,
      type: 'Region',
      displayName: regionName(name),
      regionalDisplayName: regionName(name),
    }));
    return { status: 200, body: { value } };
  }

  function resourceGroups(call: ArmCall): Reply {
    const groups = new Map<string, { readonly location: string; readonly name: string }>();
    for (const { id, resourceGroup, location } of visible(call)) {
      if (isWithin(id, scopeOf(call)) && !groups.has(resourceGroup))
        groups.set(resourceGroup, { name: resourceGroup, location });
    }
    const found = [...groups.values()].map(({ name, location }) => ({
      id: `${scopeOf(call)}/resourceGroups/${name}`,
      name,
      type: 'Microsoft.Resources/resourceGroups',
      location,
      properties: { provisioningState: 'Succeeded' },
    }));
    return paged(call, found);
  }

  /** The list across types: without `properties`, whatever one would like to know. */
  function resources(call: ArmCall): Reply {
    const filter = call.query.get('$filter');
    const match = filter === null ? undefined : /^\s*resourceType\s+eq\s+'([^']*)'\s*$/i.exec(filter);
    if (match === null) throw armError(400, 'InvalidFilterInQueryString', `Invalid $filter '${filter}'.`);
    const type = match?.[1]?.toLowerCase();
    const found = visible(call)
      .filter((one) => type === undefined || one.type.toLowerCase() === type)
      .map((one) => ({ ...envelope(one), ...('kind' in one && { kind: one.kind }) }));
    return paged(call, found);
  }

  function visible(call: ArmCall) {
    const access = accessOf(organisation, call.caller);
    return organisation.resources.filter(
      (one) => isWithin(one.id, scopeOf(call)) && access.may(`${one.type}/read`, one.id),
    );
  }
}

function show({ subscriptionId, displayName, state, tenantId, managedByTenants = [] }: Subscription) {
  return {
    id: `/subscriptions/${subscriptionId}`,
    authorizationSource: 'RoleBased',
    managedByTenants: managedByTenants.map((id) => ({ tenantId: id })),
    subscriptionId,
    tenantId,
    displayName,
    state,
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  };
}
