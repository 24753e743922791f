import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Several tasks start at once; one of them makes the table. Any number does, as long as it is the same in all. */
const schemaLock = 20_100;
const tries = 30;

/** Products in PostgreSQL. */
export class Store {
  #pool;

  constructor(environment) {
    this.#pool = new pg.Pool({
      host: environment.DB_HOST,
      port: Number(environment.DB_PORT ?? 5432),
      database: environment.DB_NAME,
      user: environment.DB_USER,
      password: environment.DB_PASSWORD,
      // RDS on AWS asks for TLS, Longshore's has none.
      ssl: environment.DB_TLS === 'true' ? { rejectUnauthorized: false } : false,
      max: 5,
      connectionTimeoutMillis: 3_000,
    });
    // A connection that was idle broke: the pool has forgotten it, the next query makes another.
    this.#pool.on('error', (error) => console.error(`database connection lost: ${error.message}`));
  }

  /** Waits for the database, and makes the table where there is none. */
  async open() {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#makeTable();
      } catch (error) {
        if (attempt === tries) throw error;
        console.log(`the database does not answer yet: ${error.message}`);
        await sleep(1_000);
      }
    }
  }

  async #makeTable() {
    const client = await this.#pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
      await client.query(
        'CREATE TABLE IF NOT EXISTS products (id bigserial PRIMARY KEY, name text NOT NULL, cents integer NOT NULL CHECK (cents >= 0))',
      );
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  }

  async products() {
    const { rows } = await this.#pool.query('SELECT id::int, name, cents FROM products ORDER BY id LIMIT 1000');
    return rows;
  }

  async product(id) {
    const { rows } = await this.#pool.query('SELECT id::int, name, cents FROM products WHERE id = $1', [id]);
    return rows[0];
  }

  async add({ name, cents }) {
    const { rows } = await this.#pool.query(
      'INSERT INTO products (name, cents) VALUES ($1, $2) RETURNING id::int, name, cents',
      [name, cents],
    );
    return rows[0];
  }

  close() {
    return this.#pool.end();
  }
}
