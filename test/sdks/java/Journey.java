import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import payments.client.ApiClient;
import payments.client.ApiException;
import payments.client.api.ChangesApi;
import payments.client.api.PaymentsApi;
import payments.client.model.*;

/** What a user of the client does that openapi-generator generates for Java; ends with 1 at the first surprise. */
public final class Journey {
  public static void main(String[] arguments) throws Exception {
    PaymentsApi api = new PaymentsApi(connect(System.getenv("SERVICE_URL")));
    ChangesApi changesApi = new ChangesApi(connect(System.getenv("SERVICE_URL")));
    String id = System.getenv("PAYMENT_ID");

    NewPayment payment =
        new NewPayment().id(id).type(NewPayment.TypeEnum.PAYMENT).organisationId("acme").attributes(attributes("100.21"));
    CreatePaymentRequest request = new CreatePaymentRequest().data(payment);
    expect("created version", api.createPayment(request, null, null).getData().getVersion(), 0L);
    expect("second create", codeOf(() -> api.createPayment(request, null, null)), "payment_exists");

    Payment read = api.getPayment(id, null, null).getData();
    expect("id", read.getId(), id);
    expect("currency", read.getAttributes().getAdditionalProperty("currency"), "GBP");

    List<Payment> list = api.listPayments(null, null, null, null, "acme", null).getData();
    expect("listed id", list.get(list.size() - 1).getId(), id);

    UpdatePaymentRequest update = new UpdatePaymentRequest().data(read.attributes(attributes("0.01")));
    expect("updated version", api.updatePayment(id, update, null, null, null).getData().getVersion(), 1L);
    expect("second update", codeOf(() -> api.updatePayment(id, update, null, null, null)), "version_conflict");

    api.deletePayment(id, 1L, null, null, null);

    expect("versions", changesApi.listPaymentVersions(id, null, null, null).getData().size(), 3);
    List<Change> changes = changesApi.listChanges(null, null, "acme", null, null).getData();
    Change last = changes.get(changes.size() - 1);
    expect("last change", last.getKind() + " " + last.getPayment().getId(), "deleted " + id);

    PaymentsApi newer = new PaymentsApi(connect(System.getenv("NEWER_SERVICE_URL")));
    expect("unknown code", codeOf(() -> newer.getPayment(id, null, null)), "a_code_of_next_year");
  }

  private static ApiClient connect(String url) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    return client;
  }

  private static PaymentAttributes attributes(String amount) {
    PaymentAttributes attributes = new PaymentAttributes().amount(amount);
    attributes.putAdditionalProperty("currency", "GBP");
    return attributes;
  }

  private interface Call {
    void run() throws Exception;
  }

  /** The code of the problem that a call fails with. */
  private static String codeOf(Call call) throws Exception {
    try {
      call.run();
    } catch (ApiException failure) {
      return String.valueOf(new ObjectMapper().readValue(failure.getResponseBody(), Problem.class).getCode());
    }
    return "no failure";
  }

  private static void expect(String what, Object got, Object wanted) {
    if (wanted.equals(got)) return;
    System.out.println(what + ": got " + got + ", expected " + wanted);
    System.exit(1);
  }
}
