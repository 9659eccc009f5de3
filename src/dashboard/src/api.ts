// The operator's answers, as in src/Operator/Dashboard/DashboardModels.cs.

export type State = 'waiting' | 'booting' | 'idle' | 'leased' | 'busy' | 'draining' | 'offline' | 'standby' | 'ended';

export interface StateCounts {
  waiting: number; booting: number; idle: number; leased: number; busy: number; draining: number; offline: number; total: number;
}

export interface Cost { perHour: number; today: number; thisMonth: number }

export interface Wait { reason: string; message: string; runners?: number; isProblem: boolean }

export interface Pool {
  namespace: string; name: string; source: string; url: string; labels: string[]; ready: 'True' | 'False' | 'Unknown'; reason?: string; message?: string;
  deleting: boolean; minIdle: number; maxRunners: number; usageClass?: string; schedules: string[]; demand?: number; waitingJobs?: number;
  runners: StateCounts; waits: Wait[]; cost: Cost; lostJobs: number;
}

export interface Machines { type: string; zone: string; usageClass: string; machines: number; busy: number; perHour: number }

export interface Happening {
  at: string; isWarning: boolean; kind: 'RunnerPool' | 'RunnerLease'; namespace: string; name: string; pool: string; reason: string; message: string;
}

export interface History { at: number[]; waiting: number[]; booting: number[]; idle: number[]; busy: number[]; draining: number[] }

export interface Totals {
  pools: number; notReady: number; runners: StateCounts; runningJobs: number; waitingJobs: number; machines: number; cost: Cost; spotNotices: number;
  spotLosses: number; since: string;
}

export interface Overview {
  now: string; version: string; totals: Totals; pools: Pool[]; morePools: number; machines: Machines[]; moreMachines: number; events: Happening[]; history: History;
}

export interface Span { state: State; from: string; to?: string }

export interface Condition { type: string; status: string; reason?: string; message?: string; since?: string }

export interface Job {
  state: 'waiting' | 'running' | 'ended'; id?: string; runId?: string; repository?: string; workflow?: string; url?: string; namespace: string; pool: string;
  runner: string; queuedAt?: string; startedAt?: string; endedAt?: string; reason?: string; message?: string;
}

export interface Runner {
  namespace: string; name: string; pool: string; phase: string; state: State; reason?: string; message?: string; instanceId?: string; type?: string;
  zone?: string; usageClass?: string; perHour?: number; runner?: string; holder?: string; interruption?: string; servedJobs: number; job?: Job;
  createdAt?: string; endedAt?: string; spans: Span[]; previous: Span[]; conditions?: Condition[];
}

export interface RunnersPage { now: string; total: number; offset: number; runners: Runner[] }

export interface JobsPage { now: string; total: number; offset: number; jobs: Job[] }

export interface LostJob {
  repository: string; runId: string; instanceId?: string; reason?: string; lostAt: string; result?: string; message?: string;
}

export interface PoolDetails { now: string; pool: Pool; conditions: Condition[]; lostJobs: LostJob[]; events: Happening[] }

export interface Session { authentication: 'None' | 'Token'; version: string; user?: string; namespaces?: string[] }

/** The operator's refusal. */
export class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** Reads an answer. */
export async function read<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`api/v1/${path}`, { ...init, credentials: 'same-origin' });
  if (!response.ok) {
    const problem = await response.json().catch(() => null) as { detail?: string } | null;
    throw new Refusal(response.status, problem?.detail ?? `the operator answers ${response.status}`);
  }

  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** The path of an object below the API, with its name as kubectl knows it. */
export const pathOf = (kind: 'runnerpools' | 'runnerleases', namespace: string, name: string) =>
  `${kind}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
