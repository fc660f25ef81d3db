import * as vscode from 'vscode';
import type { CosmosMeaning } from '../../core/doctor/codes/cosmos.ts';
import type { WordsOf } from './words.ts';

/** Why an account of Cosmos DB refuses. */
export const cosmosWords: WordsOf<CosmosMeaning> = {
  noRole: () => [
    vscode.l10n.t('you have no data role on the account'),
    vscode.l10n.t(
      'Entra knows you, but you have no role in the account’s data that allows this. The roles of the resource in Azure do not count for its data. An administrator of the account can give you one, for the whole, a database or a container; it takes some minutes to hold.',
    ),
  ],
  notByToken: () => [
    vscode.l10n.t('this cannot be done with a token'),
    vscode.l10n.t(
      'Databases and containers are made, changed and deleted through Azure, not with an Entra token in the data plane. Use the portal, the Azure CLI or Resource Manager.',
    ),
  ],
  keysOff: () => [
    vscode.l10n.t('keys are off on this account'),
    vscode.l10n.t('The account takes no keys any more. Change the program so that it brings an Entra token.'),
  ],
  token: () => [
    vscode.l10n.t('the account does not take the token or key'),
    vscode.l10n.t(
      'The account does not take the token or key: it has run out, is for another service or from another tenant, or the clock is wrong. Sign in to the account’s own tenant, for https://cosmos.azure.com.',
    ),
  ],
  firewall: () => [
    vscode.l10n.t('the account’s firewall does not let you in'),
    vscode.l10n.t(
      'The request came from an address that the account’s firewall does not let in, or from outside of its private network. Whoever manages the account can let the address in; it takes up to a quarter of an hour to hold.',
    ),
  ],
  forbidden: () => [
    vscode.l10n.t('the account does not allow this'),
    vscode.l10n.t(
      'The account does not allow this: a role, its network or a limit stands against it. The message says which.',
    ),
  ],
  gone: () => [
    vscode.l10n.t('there is no such item, container or database'),
    vscode.l10n.t(
      'The account has nothing by this name or id, or not with this partition key. Look at both.',
    ),
  ],
  session: () => [
    vscode.l10n.t('what was just written is not here yet'),
    vscode.l10n.t(
      'The region that was asked has not got what this session wrote. Try again; the SDK mostly does so itself.',
    ),
  ],
  moved: () => [
    vscode.l10n.t('the data is being moved'),
    vscode.l10n.t(
      'The part of the container that was asked for has just been split or moved. Try again; the SDK mostly does so itself.',
    ),
  ],
  requestUnits: () => [
    vscode.l10n.t('the request units are used up'),
    vscode.l10n.t(
      'More was asked for in this second than the container’s request units allow. Wait a moment; if it happens often, its owner can give it more, or the queries need a better index or partition key.',
    ),
  ],
  slow: () => [
    vscode.l10n.t('the account took too long'),
    vscode.l10n.t(
      'The answer did not come in time. Try again, and look at the network and the load of this machine if it stays.',
    ),
  ],
  exists: () => [
    vscode.l10n.t('it is there already'),
    vscode.l10n.t(
      'There is an item with this id in this partition already, or something else by this name. Replace it, or choose another.',
    ),
  ],
  changed: () => [
    vscode.l10n.t('it was changed meanwhile'),
    vscode.l10n.t('Somebody else has changed the item since it was read. Read it again, then decide anew.'),
  ],
  tooLarge: () => [
    vscode.l10n.t('the item is too large'),
    vscode.l10n.t('An item can have 2 MB, and this one has more. Keep its parts in items of their own.'),
  ],
  again: () => [
    vscode.l10n.t('somebody else was writing there'),
    vscode.l10n.t('Somebody else was writing to the same item. Try again.'),
  ],
  busy: () => [
    vscode.l10n.t('the account is not available just now'),
    vscode.l10n.t(
      'The service is not available just now, or the connection to it was lost. Try again in a moment.',
    ),
  ],
  writeRegion: () => [
    vscode.l10n.t('this region does not take writes now'),
    vscode.l10n.t(
      'Writes go to another region now, after a failover perhaps. Try again; the SDK finds the region by itself.',
    ),
  ],
  noAccount: () => [
    vscode.l10n.t('there is no such account'),
    vscode.l10n.t('The account was deleted, or never had this name. Look at the address.'),
  ],
  partitionFull: () => [
    vscode.l10n.t('the partition is full'),
    vscode.l10n.t(
      'One value of the partition key has as much data as fits below it. Its owner has to choose a key with more values, or a hierarchical one.',
    ),
  ],
  question: () => [
    vscode.l10n.t('the account does not understand the request'),
    vscode.l10n.t('Something is wrong with the query, the item or the partition key. The message names it.'),
  ],
  other: ({ code }) => [
    vscode.l10n.t('the account refused this ({0})', code),
    vscode.l10n.t('The account refused this.'),
  ],
};
