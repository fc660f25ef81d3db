import { Failure } from '../failure.ts';
import type { SettingProblem } from '../failure.ts';

export type CloudId = 'public' | 'usGovernment' | 'china' | 'custom';

/** Where an Azure lives, and which hosts may be handed a token of it. */
export interface Cloud {
  readonly id: CloudId;
  /** The editor's authentication provider that signs people in to it. */
  readonly authenticationProvider: string;
  /** What the editor's own setting for that provider must say, where it has one. */
  readonly editorEnvironment?: 'USGovernment' | 'ChinaCloud';
  readonly resourceManager: string;
  readonly graph: string;
  readonly portal: string;
  /** The resource that a token is asked for, by who receives it; without a slash at the end. */
  readonly audiences: Audiences;
}

export interface Audiences {
  readonly resourceManager: string;
  readonly graph: string;
}

const builtIn: Readonly<Record<Exclude<CloudId, 'custom'>, Cloud>> = {
  public: {
    id: 'public',
    authenticationProvider: 'microsoft',
    resourceManager: 'https://management.azure.com',
    graph: 'https://graph.microsoft.com',
    portal: 'https://portal.azure.com',
    audiences: {
      resourceManager: 'https://management.core.windows.net',
      graph: 'https://graph.microsoft.com',
    },
  },
  usGovernment: {
    id: 'usGovernment',
    authenticationProvider: 'microsoft-sovereign-cloud',
    editorEnvironment: 'USGovernment',
    resourceManager: 'https://management.usgovcloudapi.net',
    graph: 'https://graph.microsoft.us',
    portal: 'https://portal.azure.us',
    audiences: {
      resourceManager: 'https://management.core.usgovcloudapi.net',
      graph: 'https://graph.microsoft.us',
    },
  },
  china: {
    id: 'china',
    authenticationProvider: 'microsoft-sovereign-cloud',
    editorEnvironment: 'ChinaCloud',
    resourceManager: 'https://management.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    portal: 'https://portal.azure.cn',
    audiences: {
      resourceManager: 'https://management.core.chinacloudapi.cn',
      graph: 'https://microsoftgraph.chinacloudapi.cn',
    },
  },
};

/** The cloud that the settings name. A custom one is checked whole before anything is sent to it. */
export function cloudOf(id: string, custom: unknown): Cloud {
  switch (id) {
    case 'public':
    case 'usGovernment':
    case 'china':
      return builtIn[id];
    case 'custom':
      return customCloud(custom);
    default:
      throw bad('cloud', 'unknownCloud');
  }
}

/** Whether a token for `endpoint` may go to `address`: the same host or one below it, over TLS, on the same port. */
export function admits(endpoint: string, address: string): boolean {
  const home = URL.parse(endpoint);
  const target = URL.parse(address);
  if (home === null || target === null) return false;
  if (home.protocol !== 'https:' || target.protocol !== 'https:' || home.port !== target.port) return false;
  if (target.username !== '' || target.password !== '') return false;
  return target.hostname === home.hostname || target.hostname.endsWith(`.${home.hostname}`);
}

function customCloud(value: unknown): Cloud {
  const settings = record(value);
  const audiences = record(settings['audiences']);
  return {
    id: 'custom',
    authenticationProvider: text(settings['authenticationProvider'], 'customCloud.authenticationProvider'),
    resourceManager: endpoint(settings['resourceManager'], 'customCloud.resourceManager'),
    graph: endpoint(settings['graph'], 'customCloud.graph'),
    portal: endpoint(settings['portal'], 'customCloud.portal'),
    audiences: {
      resourceManager: text(audiences['resourceManager'], 'customCloud.audiences.resourceManager'),
      graph: text(audiences['graph'], 'customCloud.audiences.graph'),
    },
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown, setting: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw bad(setting, 'missing');
  return value.trim();
}

function endpoint(value: unknown, setting: string): string {
  const address = URL.parse(text(value, setting));
  if (address?.protocol !== 'https:') throw bad(setting, 'notHttps');
  return address.origin;
}

function bad(setting: string, problem: SettingProblem): Failure {
  return new Failure({ code: 'badSetting', setting, problem });
}
