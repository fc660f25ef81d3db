import * as vscode from 'vscode';
import type { ExplainedError, Meant, Source } from '../core/doctor/errors.ts';
import type { Named } from '../core/doctor/named.ts';
import { azureWords } from './errorWords/azure.ts';
import { cosmosWords } from './errorWords/cosmos.ts';
import { entraWords } from './errorWords/entra.ts';
import { mongoWords } from './errorWords/mongodb.ts';
import { networkWords } from './errorWords/network.ts';
import { postgresWords } from './errorWords/postgres.ts';
import type { About, Words } from './errorWords/words.ts';

/** The one place with words about errors of others: of failures here, and of errors that somebody pastes. */
export function errorWords(error: Meant, about: About): Words {
  switch (error.source) {
    case 'entra':
      return entraWords[error.meaning](about);
    case 'azure':
      return azureWords[error.meaning](about);
    case 'cosmos':
      return cosmosWords[error.meaning](about);
    case 'mongodb':
      return mongoWords[error.meaning](about);
    case 'postgres':
      return postgresWords[error.meaning](about);
    case 'network':
      return networkWords[error.meaning](about);
  }
}

export function sourceWords(source: Source): string {
  switch (source) {
    case 'entra':
      return 'Microsoft Entra';
    case 'azure':
      return 'Azure Resource Manager';
    case 'cosmos':
      return 'Azure Cosmos DB';
    case 'mongodb':
      return 'MongoDB';
    case 'postgres':
      return 'PostgreSQL';
    case 'network':
      return vscode.l10n.t('Network');
  }
}

export function waitsWords({ waits }: Pick<ExplainedError, 'waits'>): string {
  switch (waits) {
    case 'helps':
      return vscode.l10n.t('Waiting helps: try again after a moment.');
    case 'doesNot':
      return vscode.l10n.t('Waiting does not help.');
    case 'unknown':
      return vscode.l10n.t('Whether waiting helps cannot be told from this alone.');
  }
}

export function whoWords({ who, source, waits }: ExplainedError): string {
  switch (who) {
    case 'you':
      return vscode.l10n.t('You can fix it yourself.');
    case 'administrator':
      return isOfTenant(source)
        ? vscode.l10n.t('An administrator of the tenant or the organisation can fix it.')
        : vscode.l10n.t('An administrator of the cluster can fix it.');
    case 'owner':
      if (source === 'entra') return vscode.l10n.t('Whoever owns the application in Entra can fix it.');
      return vscode.l10n.t('Whoever manages the resource in Azure, as its Owner or Contributor, can fix it.');
    case 'nobody':
      return waits === 'helps'
        ? vscode.l10n.t('Nobody has to fix anything: it passes by itself.')
        : vscode.l10n.t('Nobody can change this: it is how the service works.');
    case undefined:
      return vscode.l10n.t('Who can fix it cannot be told from this alone.');
  }
}

function isOfTenant(source: Source): boolean {
  return source === 'entra' || source === 'azure' || source === 'network';
}

export function namedWords(what: Named['what']): string {
  switch (what) {
    case 'application':
      return vscode.l10n.t('Application id');
    case 'resource':
      return vscode.l10n.t('Resource');
    case 'tenant':
      return vscode.l10n.t('Tenant');
    case 'object':
      return vscode.l10n.t('Object id');
    case 'user':
      return vscode.l10n.t('User or role');
    case 'action':
      return vscode.l10n.t('Action');
    case 'scope':
      return vscode.l10n.t('Scope');
    case 'host':
      return vscode.l10n.t('Host');
    case 'address':
      return vscode.l10n.t('Address of the caller');
    case 'time':
      return vscode.l10n.t('Time');
    case 'correlation':
      return vscode.l10n.t('Correlation id');
    case 'trace':
      return vscode.l10n.t('Trace id');
    case 'activity':
      return vscode.l10n.t('Activity id');
  }
}
