DROP TABLE {{log:refunds}};
DROP TABLE {{changes:refunds}};
DROP TABLE {{table:refunds}};
