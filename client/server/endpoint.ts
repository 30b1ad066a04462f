/** Which server the commands talk to. */
export type Endpoint =
  | { readonly kind: 'embedded' }
  | {
      readonly kind: 'configured';
      readonly profile: string | null;
      readonly address: string | null;
      readonly namespace: string | null;
    };

/** What a project says about its server. */
export interface ServerChoice {
  readonly profile?: string | undefined;
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
}

const variables = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'] as const;

/** True where the environment names a server. */
export function namedByEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return variables.some((name) => (environment[name] ?? '') !== '');
}

/** The project's server, else the environment's, else one of our own. */
export function chooseEndpoint(
  environment: Readonly<Record<string, string | undefined>>,
  project: ServerChoice | undefined,
): Endpoint {
  if (
    project?.profile !== undefined ||
    project?.address !== undefined ||
    namedByEnvironment(environment)
  ) {
    return {
      kind: 'configured',
      profile: project?.profile ?? null,
      address: project?.address ?? null,
      namespace: project?.namespace ?? null,
    };
  }
  return { kind: 'embedded' };
}
