// Takes runners for this workflow run, lets them go, or has their pool looked at. Nothing but Node's own modules: there is no build step.
import { appendFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const env = process.env
const waitSeconds = 30
const longestRequestMs = (waitSeconds + 30) * 1000
const mostRetries = 8

// What the pool manager's action took, and where the pool has it.
const superseded = {
  'aws-region': 'spec.launch.region of the pool',
  ami: 'spec.launch.image of the pool',
  'iam-instance-profile': 'spec.launch.iamInstanceProfile of the pool',
  'security-group-ids': 'spec.launch.securityGroups of the pool',
  'subnet-ids': 'spec.launch.subnets of the pool',
  'github-token': "the Secret of the pool: remove it from the workflow",
  'github-reg-token-refresh-min': 'nothing: each runner is registered by itself',
  'idle-time-sec': 'spec.runner.idleTimeout of the pool',
  'pre-runner-script': 'spec.runner.preRunnerScript of the pool, or the mode provision',
  'resource-class-config': 'ResourceClasses',
}

/** A refusal: its reason in one word, and what to do about it. */
class Refusal extends Error {
  constructor(reason, detail, status) {
    super(detail)
    this.reason = reason
    this.status = status
  }
}

const input = name => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
const escapeData = text => String(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const escapeProperty = text => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
const say = text => console.log(text)
const notice = text => say(`::notice::${escapeData(text)}`)

function output(name, value) {
  const end = `end-${randomUUID()}` // nothing in the value can end it
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `${name}<<${end}\n${value}\n${end}\n`)
}

function summary(text) {
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${text}\n`)
}

const cell = text => String(text ?? '').replaceAll('|', '\\|').replace(/\s+/g, ' ').slice(0, 500)

function required(name, value, advice) {
  if (!value) throw new Refusal('InputMissing', `${name}: ${advice}`)
  return value
}

function wholeNumber(name, most) {
  const text = input(name)
  if (text === '') return undefined
  const value = Number(text)
  if (!/^[1-9][0-9]{0,6}$/.test(text) || value > most) throw new Refusal('InputInvalid', `${name}: write a whole number from 1 to ${most}, not '${text}'`)
  return value
}

const minutes = name => {
  const value = wholeNumber(name, 100000)
  return value === undefined ? undefined : `${value}m`
}

/** A token for one request: GitHub's live five minutes, and take a lease once. */
async function mint(audience) {
  const address = required('ACTIONS_ID_TOKEN_REQUEST_URL', env.ACTIONS_ID_TOKEN_REQUEST_URL, "give the job 'permissions: id-token: write'; pull requests from forks cannot have it")
  const response = await fetch(`${address}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `Bearer ${env.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? ''}`, 'user-agent': 'ec2runners-action' },
    signal: AbortSignal.timeout(30000),
  })
  if (!response.ok) throw new Refusal('TokenRefused', `GitHub gave no token: HTTP ${response.status}`, response.status)
  const { value } = await response.json()
  if (typeof value !== 'string') throw new Refusal('TokenRefused', 'GitHub gave no token')
  say(`::add-mask::${value}`)
  return value
}

async function sendOnce(api, method, path, body, key) {
  const headers = { authorization: `Bearer ${await mint(api.audience)}`, 'user-agent': 'ec2runners-action' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (key !== undefined) headers['idempotency-key'] = key
  const response = await fetch(api.url + path, {
    method, headers, redirect: 'error', body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(longestRequestMs),
  })
  const text = await response.text()
  let answer
  try {
    answer = text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new Refusal('UnexpectedAnswer', `${new URL(api.url).host} answered ${response.status} without JSON: is url the lease API's address?`, response.status)
  }

  if (response.ok) return { answer }
  const again = [409, 429, 502, 503, 504].includes(response.status) ? Number(response.headers.get('retry-after') ?? 2) : undefined
  return { again, refusal: new Refusal(answer?.title ?? 'Refused', answer?.detail ?? `HTTP ${response.status}`, response.status) }
}

/** A request, made again where that may help: with the same key it takes no second lease. */
async function send(api, method, path, body, key) {
  let last
  for (let attempt = 0; attempt <= mostRetries; attempt++) {
    try {
      const { answer, again, refusal } = await sendOnce(api, method, path, body, key)
      if (refusal === undefined) return answer
      last = refusal
      if (again === undefined || refusal.reason === 'QuotaReached') throw refusal
      say(`${refusal.reason}: ${refusal.message}; asking again`)
      await sleep(Math.min(Math.max(again, 1), 60) * 1000)
    } catch (error) {
      if (error instanceof Refusal) throw error
      last = new Refusal('Unreachable', `${new URL(api.url).host} cannot be reached: ${error.cause?.message ?? error.message}`)
      say(`${last.message}; asking again`)
      await sleep(Math.min(2 ** attempt, 20) * 1000)
    }
  }

  throw last
}

async function provision(api) {
  const types = input('allowed-instance-types').split(/[\s,]+/).filter(Boolean)
  const request = {
    pool: input('pool') || undefined,
    count: wholeNumber('instance-count', 100) ?? 1,
    usageClass: input('usage-class') || undefined,
    instanceTypes: types.length > 0 ? types : undefined,
    resourceClass: input('resource-class') || undefined,
    image: input('image') || undefined,
    preRunnerScript: input('pre-runner-script') || undefined,
    maxRuntime: minutes('max-runtime-min'),
    ttl: minutes('ttl-min'),
    provisionTimeout: minutes('provision-timeout-min'),
  }
  let lease = await send(api, 'POST', '/v1/leases', request, randomUUID())
  const giveBack = async () => {
    try {
      await send(api, 'DELETE', `/v1/leases/${lease.id}`)
    } finally {
      process.exit(1)
    }
  }
  process.once('SIGINT', giveBack) // the workflow was cancelled
  process.once('SIGTERM', giveBack)
  say(`lease ${lease.id}: ${lease.count} runner(s) of ${lease.pool}`)
  output('lease', lease.id)
  for (let shown = ''; lease.state === 'Provisioning'; lease = await send(api, 'GET', `/v1/leases/${lease.id}?wait=${waitSeconds}`)) {
    if (lease.message !== '' && lease.message !== shown) say(lease.message)
    shown = lease.message
  }

  if (lease.state !== 'Ready') throw new Refusal(lease.reason, lease.message)
  output('labels', JSON.stringify(lease.labels))
  output('instances', JSON.stringify(lease.machines.map(machine => machine.instanceId)))
  say(`ready: runs-on: ${lease.labels.join(', ')}`)
  summary([
    `### ${lease.count} EC2 runner(s) for this run`, '', `Pool \`${cell(lease.pool)}\`; \`runs-on: ${cell(lease.labels.join(', '))}\``, '',
    '| instance | type | zone | bought |', '|---|---|---|---|',
    ...lease.machines.map(machine => `| ${cell(machine.instanceId)} | ${cell(machine.type)} | ${cell(machine.zone)} | ${cell(machine.usageClass)} |`),
  ].join('\n'))
}

async function release(api) {
  const lease = input('lease')
  if (lease !== '' && !/^[a-z0-9.-]{3,127}$/.test(lease)) throw new Refusal('InputInvalid', 'lease: give the output of provision')
  await send(api, 'DELETE', lease === '' ? '/v1/leases' : `/v1/leases/${lease}`)
  say('released')
}

async function refresh(api) {
  const answer = await send(api, 'POST', '/v1/refresh', { pool: input('pool') || undefined })
  say(`${answer.pool} looks at its image, the runner's version and its idle machines (asked at ${answer.requestedAt})`)
}

async function main() {
  const mode = { provision, release, refresh }[input('mode')]
  if (mode === undefined) throw new Refusal('InputInvalid', `mode: write provision, release or refresh, not '${input('mode')}'`)
  const url = required('url', input('url') || env.EC2RUNNERS_URL, "give the lease API's address, as input or as the environment variable EC2RUNNERS_URL").replace(/\/+$/, '')
  if (!/^https:\/\//.test(url) && !/^http:\/\/127\.0\.0\.1:\d+$/.test(url)) throw new Refusal('InputInvalid', 'url: the address begins with https://')
  for (const [name, place] of Object.entries(superseded)) {
    if (input(name) !== '' && !(name === 'pre-runner-script' && mode === provision)) notice(`${name} is ignored: its place is ${place}`)
  }

  await mode({ url, audience: input('audience') || url })
}

try {
  await main()
} catch (error) {
  const reason = error instanceof Refusal ? error.reason : 'Unexpected'
  say(`::error title=${escapeProperty(`EC2 runners: ${reason}`)}::${escapeData(error.message)}`)
  summary(`### No EC2 runners for this run\n\n**${cell(reason)}**: ${cell(error.message)}`)
  process.exitCode = 1
}
