INSERT INTO balance (owner, account, title, current) VALUES ($1, $2, $3, $4)
ON CONFLICT (owner, account) DO UPDATE SET title = excluded.title, current = excluded.current
