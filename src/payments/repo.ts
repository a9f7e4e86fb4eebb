import type { FollowedStore } from '../store/follow.js';
import type {
  Call,
  ChangesRequest,
  CreateOutcome,
  DeleteOutcome,
  Idempotency,
  Page,
  PageChange,
  PageRequest,
  Position,
  Replay,
  UpdateOutcome,
} from '../store/types.js';
import type { NewPayment, PaymentColumn, StoredPayment } from './resource.js';

/** The use cases of payments. Each is atomic, and a write is durable before its promise resolves. */
export interface Repo {
  createPayment(payment: NewPayment, call: Call, idempotency?: Idempotency): Promise<CreateOutcome<PaymentColumn>>;
  /** The live payment with this id, or null. */
  findPayment(id: string, call: Call): Promise<StoredPayment | null>;
  /** Replaces organisation and attributes and increments the version, if `payment.version` is the stored one. */
  updatePayment(payment: StoredPayment, call: Call, idempotency?: Idempotency): Promise<UpdateOutcome<PaymentColumn>>;
  deletePayment(
    id: string,
    version: number,
    call: Call,
    idempotency?: Idempotency,
  ): Promise<DeleteOutcome<PaymentColumn>>;
  /** In order of creation. */
  listPayments(page: PageRequest, call: Call): Promise<Page<PaymentColumn>>;
  /** A page of changes. If there are none, waits for some until a monotonic time (ms). */
  listChanges(request: ChangesRequest, untilMs: number, call: Call): Promise<readonly PageChange<PaymentColumn>[]>;
  /** A page of the changes of a payment, deleted or not; null if it never existed. */
  listVersions(
    id: string,
    request: Omit<ChangesRequest, 'filter'>,
    call: Call,
  ): Promise<readonly PageChange<PaymentColumn>[] | null>;
  /** Large payments of a page, by their positions in the page. */
  paymentsAt(positions: readonly Position[], call: Call): Promise<readonly StoredPayment[]>;
  /** The outcome of an earlier successful write with this key; null if the key is new. */
  findReplay(idempotency: Idempotency, call: Call): Promise<Replay<PaymentColumn> | null>;
}

export function paymentRepo(store: FollowedStore<PaymentColumn>): Repo {
  return {
    createPayment: (payment, call, idempotency) => store.create(payment, call, idempotency),
    findPayment: (id, call) => store.find(id, call),
    updatePayment: (payment, call, idempotency) => store.update(payment, call, idempotency),
    deletePayment: (id, version, call, idempotency) => store.delete(id, version, call, idempotency),
    listPayments: (page, call) => store.list(page, call),
    listChanges: (request, untilMs, call) =>
      untilMs === 0 ? store.changes(request, call) : store.follow(request, untilMs, call),
    listVersions: (id, request, call) => store.versions(id, request, call),
    paymentsAt: (positions, call) => store.rowsAt(positions, call),
    findReplay: (idempotency, call) => store.replay(idempotency, call),
  };
}
