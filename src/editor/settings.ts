import * as vscode from 'vscode';
import { isGuid } from '../core/azure/directoryObject.ts';
import type { Judgement } from '../core/findings/finding.ts';
import { rules } from '../core/findings/rules.ts';
import { cloudOf } from '../core/identity/clouds.ts';
import type { Cloud } from '../core/identity/clouds.ts';
import { Failure } from '../core/failure.ts';

export const groupings = ['subscription', 'resourceGroup', 'kind', 'nothing'] as const;
export type Grouping = (typeof groupings)[number];

export function cloudSetting(): Cloud {
  const settings = vscode.workspace.getConfiguration('cosmosEntra');
  return cloudOf(settings.get('cloud', 'public'), settings.get('customCloud'));
}

/** The organisation's own application to sign in with; undefined is the editor's. */
export function applicationIdSetting(): string | undefined {
  const id = vscode.workspace.getConfiguration('cosmosEntra').get('applicationId', '').trim();
  if (id === '') return undefined;
  if (!isGuid(id))
    throw new Failure({ code: 'badSetting', setting: 'applicationId', problem: 'notApplicationId' });
  return id;
}

/** A service that tells its caller's address; undefined where none shall be asked. */
export function echoSetting(): string | undefined {
  const service = vscode.workspace.getConfiguration('cosmosEntra').get('firewall.echoService', '').trim();
  return service === '' ? undefined : service;
}

/** For how many days the record of changes is kept; 0 is for ever. */
export function retentionSetting(): number {
  const days = vscode.workspace.getConfiguration('cosmosEntra').get('audit.retentionDays', 90);
  return Number.isFinite(days) && days > 0 ? days : 0;
}

/** Whether statements of playgrounds are kept on this machine. */
export function historySetting(): boolean {
  return vscode.workspace.getConfiguration('cosmosEntra').get('playground.history', true);
}

/** Where the user's own mongosh is; empty where their shell finds it. */
export function mongoshSetting(): string {
  return vscode.workspace.getConfiguration('cosmosEntra').get('mongosh.path', '').trim();
}

/** How findings are judged; a severity that is none counts as the rule's own. */
export function judgementSetting(): Omit<Judgement, 'now'> {
  const settings = vscode.workspace.getConfiguration('cosmosEntra');
  const days = (name: string, usual: number): number => {
    const set = settings.get<unknown>(name);
    return typeof set === 'number' && Number.isFinite(set) && set >= 0 ? set : usual;
  };
  return {
    severity(rule) {
      const chosen = settings.get<unknown>(`findings.rules.${rule}`);
      return severities.find((one) => one === chosen) ?? rules[rule].severity;
    },
    keyDays: days('findings.keyDays', 90),
    certificateDays: days('findings.certificateDays', 30),
  };
}

const severities = ['error', 'warning', 'information', 'off'] as const;

/** Whether clusters are looked at by themselves once they are listed. */
export function backgroundSetting(): boolean {
  return vscode.workspace.getConfiguration('cosmosEntra').get('findings.background', true);
}

export function groupingSetting(): Grouping {
  const value = vscode.workspace.getConfiguration('cosmosEntra').get<string>('clusters.groupBy');
  return groupings.find((grouping) => grouping === value) ?? 'subscription';
}

export async function setGrouping(grouping: Grouping): Promise<void> {
  const settings = vscode.workspace.getConfiguration('cosmosEntra');
  await settings.update('clusters.groupBy', grouping, vscode.ConfigurationTarget.Global);
}

/** The editor signs people in to one national cloud at a time: whether it is this one. */
export function editorSignsInTo({ editorEnvironment }: Cloud): boolean {
  const environment = vscode.workspace.getConfiguration('microsoft-sovereign-cloud').get('environment');
  return editorEnvironment === undefined || environment === editorEnvironment;
}

export async function makeEditorSignInTo({ editorEnvironment }: Cloud): Promise<void> {
  const settings = vscode.workspace.getConfiguration('microsoft-sovereign-cloud');
  await settings.update('environment', editorEnvironment, vscode.ConfigurationTarget.Global);
}

/** Settings that decide who is asked and where: a change of one starts everything anew. */
export function changesCloud(event: vscode.ConfigurationChangeEvent): boolean {
  return ['cloud', 'customCloud', 'applicationId'].some((name) =>
    event.affectsConfiguration(`cosmosEntra.${name}`),
  );
}
