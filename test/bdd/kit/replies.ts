import { expect } from 'chai';
import type { ErrorCode, Schemas } from '../../../src/contract/contract.js';
import { type Step, step } from './scenario.js';
import type { World } from './world.js';

type Payment = Schemas['Payment'];

export function status(wanted: number): Step {
  return step(`status ${wanted}`, ({ reply }) => {
    expect(reply.status, reply.text).to.equal(wanted);
  });
}

/** @param value - the exact value, or a pattern */
export function header(name: string, value: string | RegExp): Step {
  return step(`the header ${name}`, ({ reply }) => {
    const actual = reply.headers.get(name) ?? 'not there';
    if (typeof value === 'string') expect(actual).to.equal(value);
    else expect(actual).to.match(value);
  });
}

export function noBody(): Step {
  return step('no body', ({ reply }) => {
    expect(reply.text).to.equal('');
  });
}

/** The response contains exactly these characters somewhere. */
export function text(part: string): Step {
  return step(`the text ${part}`, ({ reply }) => {
    expect(reply.text).to.include(part);
  });
}

/** An error in the common format. */
export function problem(wanted: number, code: ErrorCode): Step {
  return step(`the problem ${code}`, ({ reply, body }) => {
    expect(reply.status, reply.text).to.equal(wanted);
    expect(body).to.include({ status: wanted, code, instance: reply.headers.get('x-request-id') });
    expect(body).to.include.keys('type', 'title', 'detail');
  });
}

/** The request is rejected for these invalid fields, and no others. */
export function invalidFields(...pointers: readonly string[]): Step {
  return step(`invalid fields at ${pointers.join(' and ')}`, ({ reply, body }) => {
    expect(reply.status, reply.text).to.equal(400);
    expect(body.errors?.map(({ pointer }) => pointer)).to.have.members([...pointers]);
  });
}

/** The response is this payment, with these properties. */
export function thePayment(name: string, properties: Partial<Payment> = {}): Step {
  return step(`the payment ${name}`, (world) => {
    const id = world.idOf(name);
    expect(world.body.data).to.deep.include({ id, type: 'Payment', ...properties });
    expect(pathOf(world.body.links?.self)).to.equal(world.targetOf(name));
  });
}

/** The response is the payment as the scenario knows it. */
export function thePaymentAsItWas(name: string): Step {
  return step(`the payment ${name} as it was`, (world) => {
    expect(world.body.data).to.deep.equal(world.payment(name));
  });
}

/** The response is a page of exactly these payments, in this order. */
export function thePage(...names: readonly string[]): Step {
  return step(`the page ${names.join(', ') || 'without payments'}`, (world) => {
    const { data } = world.body;
    expect(Array.isArray(data) && data.map(({ id }: Payment) => id)).to.deep.equal(
      names.map((name) => world.idOf(name)),
    );
  });
}

/** The response has exactly these links. */
export function links(...names: readonly string[]): Step {
  return step(`links ${names.join(', ')}`, ({ body }) => {
    expect(body.links).to.have.all.keys(...names);
    for (const link of Object.values(body.links ?? {})) expect(link).to.match(/^https?:\/\//);
  });
}

/** One of the concurrent requests succeeded; the others were rejected. */
export function exactlyOne(success: number, rejection: number): Step {
  return step(`exactly one ${success}`, ({ replies }: World) => {
    const statuses = replies.map((reply) => reply.status);
    expect(statuses.filter((each) => each === success)).to.have.lengthOf(1);
    expect(statuses.filter((each) => each === rejection)).to.have.lengthOf(replies.length - 1);
  });
}

/** @param wanted - the whole body */
export function json(wanted: object): Step {
  return step(`the body ${JSON.stringify(wanted)}`, ({ body }) => {
    expect(body).to.deep.equal(wanted);
  });
}

/** A metric with these labels is at least one. */
export function metric(name: string, labels: Readonly<Record<string, string>> = {}): Step {
  return step(`the metric ${name}`, ({ reply }) => {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const samples = reply.text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => wanted.every((label) => line.includes(label)));
    const values = samples.map((line) => Number(line.slice(line.lastIndexOf(' '))));
    expect(Math.max(...values), `${name} ${wanted.join(' ')}`).to.be.above(0);
  });
}

/** The response does not contain the payment's id. */
export function noTraceOf(name: string): Step {
  return step(`no trace of ${name}`, (world) => {
    expect(world.reply.text).not.to.include(world.idOf(name));
    expect(world.reply.text).not.to.include(encodeURIComponent(world.idOf(name)));
  });
}

function pathOf(link: string | undefined): string {
  return link === undefined ? 'no link' : new URL(link).pathname;
}
