export interface SignIn {
  readonly entra: string;
  readonly tenant: string;
  readonly client: string;
  readonly scope: string;
  readonly login: string;
  readonly secondFactor: boolean;
  /** Nobody is in front of the screen. */
  readonly silent?: boolean;
  readonly claims?: string | undefined;
}

export function signIn(request: SignIn): Promise<string>;
export function accountOf(token: string, label: string): { readonly id: string; readonly label: string };
