import io.trino.sql.parser.SqlParser;
import java.nio.charset.StandardCharsets;

/** Reads statements, each ended by a zero byte, and says for each whether Trino's own parser takes it. */
public final class Parse {
    public static void main(String[] args) throws Exception {
        SqlParser parser = new SqlParser();
        for (String sql : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\0")) {
            try {
                parser.createStatement(sql);
                System.out.println("ok");
            }
            catch (RuntimeException e) {
                System.out.println("refused: " + e.getMessage().replace('\n', ' '));
            }
        }
    }
}
