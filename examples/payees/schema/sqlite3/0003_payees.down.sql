DROP TABLE {{log:payees}};
DROP TABLE {{changes:payees}};
DROP TABLE {{table:payees}};
